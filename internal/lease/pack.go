package lease

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// maxDepth bounds how deep packed lists may be nested; what the engines send is three deep.
const maxDepth = 8

var errPacked = errors.New("lease: malformed packed value")

// Pack writes texts as one text, as the scripts read and write lists: *n; and then each item as $bytes;text
func Pack(items []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d;", len(items))
	for _, item := range items {
		fmt.Fprintf(&b, "$%d;%s", len(item), item)
	}
	return b.String()
}

// Unpack reads what a script packed: a string, or a []any of such values. This is also how the client hands
// over a script's reply, so that one decoder serves both.
func Unpack(packed string) (any, error) {
	value, rest, err := unpack(packed, 0)
	if err != nil {
		return nil, err
	}
	if rest != "" {
		return nil, fmt.Errorf("%w: %d bytes too many", errPacked, len(rest))
	}
	return value, nil
}

func unpack(packed string, depth int) (value any, rest string, err error) {
	head, rest, found := strings.Cut(packed, ";")
	if !found || head == "" || depth > maxDepth {
		return nil, "", errPacked
	}
	n, err := strconv.Atoi(head[1:])
	if err != nil || n < 0 || n > len(rest) { // an item takes a byte at least: no length is made room for unseen
		return nil, "", fmt.Errorf("%w: length %q", errPacked, head)
	}
	switch head[0] {
	case '$':
		return rest[:n], rest[n:], nil
	case '*':
		list := make([]any, n)
		for i := range list {
			if list[i], rest, err = unpack(rest, depth+1); err != nil {
				return nil, "", err
			}
		}
		return list, rest, nil
	}
	return nil, "", fmt.Errorf("%w: kind %q", errPacked, head[0])
}
