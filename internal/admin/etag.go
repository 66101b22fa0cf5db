package admin

import (
	"strconv"
	"strings"
)

// etag is a revision as an entity tag.
func etag(revision int64) string { return `"` + strconv.FormatInt(revision, 10) + `"` }

// noRevision is a revision that no license has.
const noRevision = -1

// demandedRevisions reads If-Match: the revisions of which the license must have one, or none when any will do.
func demandedRevisions(header *string) ([]int64, error) {
	if header == nil || strings.TrimSpace(*header) == "*" {
		return nil, nil
	}
	var demanded []int64
	for tag := range strings.SplitSeq(*header, ",") {
		revision, err := parseETag(strings.TrimSpace(tag))
		if err != nil {
			return nil, err
		}
		demanded = append(demanded, revision)
	}
	return demanded, nil
}

// parseETag reads one entity tag. A weak one never matches where something is to be changed, and one that is no
// number is not ours; both are somebody's good tag all the same.
func parseETag(tag string) (int64, error) {
	weak := strings.HasPrefix(tag, "W/")
	opaque := strings.TrimPrefix(tag, "W/")
	if len(opaque) < 2 || opaque[0] != '"' || opaque[len(opaque)-1] != '"' {
		return 0, &requestError{code: codeBadRequest, detail: `If-Match: must be an ETag such as "7"`, field: "If-Match"}
	}
	if revision, err := strconv.ParseInt(opaque[1:len(opaque)-1], 10, 64); err == nil && revision > 0 && !weak {
		return revision, nil
	}
	return noRevision, nil
}
