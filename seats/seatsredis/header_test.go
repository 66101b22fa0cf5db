package seatsredis_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/seats"
	"usher/seats/seatsredis"
)

var (
	functionHead = regexp.MustCompile(`^(?:local )?function (?:op\.)?(\w+)\(([^)]*)\)`)
	keyUse       = regexp.MustCompile(`\bK\.(\w+)`)
	call         = regexp.MustCompile(`\b(\w+)\(`)
	comment      = regexp.MustCompile(`--.*`)
	replyMade    = regexp.MustCompile(`return \{'(\w+)'(.*)\}`)
)

// function is one of the script's, as its source has it.
type function struct {
	params []string
	body   string
}

// functions finds the top-level functions of a source, which end at the first line "end" that is not indented.
func functions(source string) map[string]function {
	all := map[string]function{}
	var name string
	for line := range strings.Lines(source) {
		line = strings.TrimRight(comment.ReplaceAllString(line, ""), " \n")
		if m := functionHead.FindStringSubmatch(line); m != nil {
			name = m[1]
			all[name] = function{params: strings.FieldsFunc(m[2], func(r rune) bool { return r == ',' || r == ' ' })}
			line = line[len(m[0]):]
		}
		if name == "" {
			continue
		}
		f := all[name]
		f.body += line + "\n"
		all[name] = f
		if line == "end" || strings.HasSuffix(line, " end") && !strings.HasPrefix(line, "  ") {
			name = ""
		}
	}
	return all
}

// keysUsed are the keys that a function touches, by itself or by those it calls.
func keysUsed(all map[string]function, name string, seen map[string]bool) map[string]bool {
	keys := map[string]bool{}
	if seen[name] {
		return keys
	}
	seen[name] = true
	for _, m := range keyUse.FindAllStringSubmatch(all[name].body, -1) {
		keys[m[1]] = true
	}
	for _, m := range call.FindAllStringSubmatch(all[name].body, -1) {
		if _, ours := all[m[1]]; ours {
			maps.Copy(keys, keysUsed(all, m[1], seen))
		}
	}
	return keys
}

// header is what the comment at the beginning of an operation's file says.
type header struct {
	keys, args []string
	replies    map[string]int // tag → number of items, with the tag
}

func parseHeader(text string) header {
	sections := map[string]string{}
	var section string
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(line, "--")
		if !ok {
			break
		}
		words := strings.Fields(rest)
		switch {
		case len(words) > 0 && (words[0] == "KEYS" || words[0] == "ARGS" || words[0] == "REPLY"):
			section = words[0]
			words = words[1:]
		case section != "REPLY": // explanations
			continue
		}
		sections[section] += strings.Join(words, " ") + " "
	}
	h := header{keys: list(sections["KEYS"]), args: list(sections["ARGS"]), replies: map[string]int{}}
	for shape := range strings.SplitSeq(sections["REPLY"], "|") {
		if words := list(shape); len(words) > 0 {
			h.replies[words[0]] = len(words)
		}
	}
	return h
}

func list(section string) []string {
	words := strings.Fields(section)
	if len(words) == 1 && words[0] == "-" {
		return nil
	}
	return words
}

// repliesMade are the replies in a file, with their number of items.
func repliesMade(text string) map[string]int {
	made := map[string]int{}
	for _, m := range replyMade.FindAllStringSubmatch(text, -1) {
		items, depth := 1, 0
		for _, c := range m[2] {
			switch {
			case c == '(':
				depth++
			case c == ')':
				depth--
			case c == ',' && depth == 0:
				items++
			}
		}
		made[m[1]] = items
	}
	return made
}

func TestHeadersSayWhatTheOperationsDo(t *testing.T) {
	t.Parallel()
	all := functions(seatsredis.Source())
	texts := seatsredis.Files(t)
	for _, name := range []string{
		"open", "configure", "renew", "take", "leave", "logout", "drop", "free", "explain", "read", "expire",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := parseHeader(texts[name])
			f, ok := all[name]
			if !ok {
				t.Fatal("the file has no function of its name")
			}
			used := slices.Sorted(maps.Keys(keysUsed(all, name, map[string]bool{})))
			slices.Sort(h.keys)
			if diff := cmp.Diff(h.keys, used); diff != "" {
				t.Errorf("KEYS (-header +body):\n%s", diff)
			}
			if diff := cmp.Diff(h.args, f.params, equateEmpty); diff != "" {
				t.Errorf("ARGS (-header +body):\n%s", diff)
			}
			if diff := cmp.Diff(h.replies, repliesMade(texts[name]), equateEmpty); diff != "" {
				t.Errorf("REPLY (-header +body):\n%s", diff)
			}
		})
	}
}

func TestEveryKeyIsNamedInOnePlace(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, m := range keyUse.FindAllStringSubmatch(seatsredis.Source(), -1) {
		used[m[1]] = true
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(seatsredis.KeyNames())), slices.Sorted(maps.Keys(used))); diff != "" {
		t.Errorf("keys (-keys.go +scripts):\n%s", diff)
	}
}

func TestCommandsAreSentAsTheHeadersSay(t *testing.T) {
	t.Parallel()
	texts := seatsredis.Files(t)
	for name, c := range map[string]seats.Command{
		"open": seats.Open{Generation: 1}, "configure": seats.Configure{}, "renew": seats.Renew{Lease: time.Second},
		"take": seats.Take{}, "leave": seats.Leave{}, "logout": seats.Logout{}, "drop": seats.Drop{},
		"free": seats.Free{}, "explain": seats.Explain{}, "read": seats.Read{},
	} {
		args := seatsredis.Encode(t, c)
		if args[0] != name || args[1] != len(args)-2 {
			t.Errorf("%T is sent as %v", c, args)
		}
		if want := parseHeader(texts[name]).args; len(want) != len(args)-2 {
			t.Errorf("%T is sent with %d arguments, want %q", c, len(args)-2, want)
		}
	}
}
