package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
)

// MaxResumeBytes is the longest resume key that is looked at.
const MaxResumeBytes = 1 << 10

const resumeVersion = 1

var (
	errResumeShape = errors.New("resume key is malformed")
	errResumeMAC   = errors.New("resume key is not of this deployment")
)

var resumeEncoding = base64.RawURLEncoding.Strict()

// Resume is what a resume key stands for: the session that a reconnecting app continues.
type Resume struct {
	License  string
	Teammate string
	Session  string
	Issued   time.Time // to the millisecond
}

// SealResume makes the resume key of a session. Its fields are ids, of 64 bytes at most each.
func (a *Authority) SealResume(r Resume) string {
	// version, issued, then three strings with their lengths, so that no two resumes have the same bytes.
	b := make([]byte, 0, 128)
	b = append(b, resumeVersion)
	b = binary.BigEndian.AppendUint64(b, uint64(r.Issued.UnixMilli()))
	for _, s := range []string{r.License, r.Teammate, r.Session} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return resumeEncoding.EncodeToString(a.mac(b, b))
}

// OpenResume tells what a resume key stands for. Whether it is too old, or another teammate's, is for the caller
// to judge. Errors: [ErrInvalid] with a reason.
func (a *Authority) OpenResume(key string) (Resume, error) {
	if len(key) > MaxResumeBytes {
		return Resume{}, invalid(errResumeShape)
	}
	if hasLineBreak(key) {
		return Resume{}, invalid(errResumeShape)
	}
	sealed, err := resumeEncoding.DecodeString(key)
	if err != nil || len(sealed) <= sha256.Size {
		return Resume{}, invalid(errResumeShape)
	}
	body, mac := sealed[:len(sealed)-sha256.Size], sealed[len(sealed)-sha256.Size:]
	if !hmac.Equal(mac, a.mac(nil, body)) {
		return Resume{}, invalid(errResumeMAC)
	}
	r, err := parseResume(body)
	if err != nil {
		return Resume{}, invalid(err)
	}
	return r, nil
}

// hasLineBreak finds what even strict base64 decoding skips, so that nothing has two spellings.
func hasLineBreak(s string) bool { return strings.ContainsAny(s, "\r\n") }

// mac appends the authentication code of body to dst.
func (a *Authority) mac(dst, body []byte) []byte {
	h := hmac.New(sha256.New, a.resumeKey)
	h.Write(body)
	return h.Sum(dst)
}

func parseResume(b []byte) (Resume, error) {
	if len(b) < 9 || b[0] != resumeVersion {
		return Resume{}, fmt.Errorf("%w: another version", errResumeShape)
	}
	r := Resume{Issued: time.UnixMilli(int64(binary.BigEndian.Uint64(b[1:9]))).UTC()}
	b = b[9:]
	for _, field := range []*string{&r.License, &r.Teammate, &r.Session} {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > uint64(len(b)-size) {
			return Resume{}, errResumeShape
		}
		*field = string(b[size : size+int(n)])
		b = b[size+int(n):]
	}
	if len(b) != 0 {
		return Resume{}, errResumeShape
	}
	return r, nil
}
