package loadtest

import (
	"strings"
	"unicode/utf8"
)

// grid is a table for a terminal: its first column stands to the left, as do those in left, all others to the right.
type grid struct {
	rows [][]string
	left map[int]bool
}

func (g *grid) row(cells ...string) { g.rows = append(g.rows, cells) }

// lines are the rows, each column as wide as its widest cell, two spaces apart, behind an indent.
func (g *grid) lines(indent string) string {
	var widths []int
	for _, row := range g.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var said strings.Builder
	for _, row := range g.rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			gap := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 || g.left[i] {
				cells[i] = cell + gap
			} else {
				cells[i] = gap + cell
			}
		}
		said.WriteString(strings.TrimRight(indent+strings.Join(cells, "  "), " ") + "\n")
	}
	return said.String()
}

// plain is a string from elsewhere as a terminal may see it: without what would steer the terminal, and in so many runes at most.
func plain(s string, atMost int) string {
	s = strings.ReplaceAll(strings.Map(visible, s), "\n", " ")
	if utf8.RuneCountInString(s) <= atMost {
		return s
	}
	return string([]rune(s)[:atMost-1]) + "…"
}

// fold breaks a text between words into lines of so many runes at most.
func fold(s string, atMost int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(s) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > atMost {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
