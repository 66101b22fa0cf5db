package directory

import (
	"net/mail"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of what callers may give.
const (
	MaxIDBytes    = 64
	MaxNameRunes  = 200
	MaxNameBytes  = 400
	MaxEmailBytes = 254
	MaxCap        = 1_000_000
	MaxPriceCents = 1_000_000_000
	// MaxTeammates is the most that a license may have of them: its roster is read as a whole.
	MaxTeammates = 10_000
	// MaxNewTeammates is how many teammates may come with a new license.
	MaxNewTeammates = 1000
)

var currencyShape = regexp.MustCompile(`^[A-Z]{3}$`)

// idShaped tells whether there can be anything with that id. The database is not asked for what has another shape: it may take
// it for a mistake in the query.
func idShaped(id string) bool {
	if id == "" || len(id) > MaxIDBytes {
		return false
	}
	for _, c := range []byte(id) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '.', c == '-':
		default:
			return false
		}
	}
	return true
}

func checkID(field, id string) error {
	if !idShaped(id) {
		return invalid(field, "must have 1 to %d letters, digits, or the marks - _ .", MaxIDBytes)
	}
	return nil
}

// checkName returns the name without white space around it.
func checkName(field, name string) (string, error) {
	name = strings.TrimSpace(name)
	n := utf8.RuneCountInString(name)
	if !utf8.ValidString(name) || n < 1 || n > MaxNameRunes || len(name) > MaxNameBytes {
		return "", invalid(field, "must have 1 to %d characters, in at most %d bytes", MaxNameRunes, MaxNameBytes)
	}
	if strings.ContainsFunc(name, unicode.IsControl) {
		return "", invalid(field, "must not have control characters")
	}
	return name, nil
}

// checkEmail accepts a bare address, such as ann@example.com.
func checkEmail(email string) (string, error) {
	email = strings.TrimSpace(email)
	a, err := mail.ParseAddress(email)
	if err != nil || a.Address != email || len(email) > MaxEmailBytes || strings.ContainsFunc(email, unicode.IsSpace) || strings.ContainsFunc(email, unicode.IsControl) {
		return "", invalid("email", "must be a mail address such as ann@example.com, of at most %d bytes", MaxEmailBytes)
	}
	return email, nil
}

// emailKey is what two spellings of one address have in common.
func emailKey(email string) string { return strings.ToLower(email) }

func checkCap(seatCap int) error {
	if seatCap < 0 || seatCap > MaxCap {
		return invalid("cap", "must be from 0 to %d", MaxCap)
	}
	return nil
}

func checkPrice(cents int64, currency string) error {
	if cents < 0 || cents > MaxPriceCents {
		return invalid("price_cents", "must be from 0 to %d", MaxPriceCents)
	}
	if !currencyShape.MatchString(currency) {
		return invalid("currency", "must be three capital letters such as EUR")
	}
	return nil
}
