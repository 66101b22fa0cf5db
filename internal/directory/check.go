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

var (
	idShape       = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)
	currencyShape = regexp.MustCompile(`^[A-Z]{3}$`)
)

func checkID(field, id string) error {
	if !idShape.MatchString(id) {
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
func checkEmail(field, email string) (string, error) {
	email = strings.TrimSpace(email)
	a, err := mail.ParseAddress(email)
	if err != nil || a.Address != email || len(email) > MaxEmailBytes || strings.ContainsFunc(email, unicode.IsSpace) {
		return "", invalid(field, "must be a mail address such as ann@example.com, of at most %d bytes", MaxEmailBytes)
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
