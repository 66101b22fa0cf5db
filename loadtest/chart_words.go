package loadtest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// tell says what is to be seen in each stretch of the x axis.
func (c chart) tell(d *drawing, across func(float64) float64) {
	d.Head = []string{""}
	var xs []point
	for _, s := range c.series {
		d.Head = append(d.Head, s.name)
		xs = append(xs, s.points...)
	}
	slices.SortFunc(xs, func(a, b point) int { return cmp.Compare(a.x, b.x) })
	xs = slices.CompactFunc(xs, func(a, b point) bool { return a.x == b.x })
	parts := cut(xs, toldStretches)
	begins := d.Left
	for i, part := range parts {
		ends := d.Right
		if i+1 < len(parts) {
			ends = (across(part[len(part)-1].x) + across(parts[i+1][0].x)) / 2
		}
		told := stretch{X: tenth(begins), Width: tenth(max(ends-begins, 0.1)), Cells: []string{c.span(part)}}
		said := []string{told.Cells[0]}
		for _, s := range c.series {
			cell := c.within(s, part[0].x, part[len(part)-1].x)
			told.Cells = append(told.Cells, cell)
			if cell != "" {
				said = append(said, s.name+" "+cell)
			}
		}
		told.Says = strings.Join(said, "\n")
		d.Stretches = append(d.Stretches, told)
		begins = ends
	}
}

func (c chart) span(part []point) string {
	from, to := c.xSays(part[0].x), c.xSays(part[len(part)-1].x)
	if from == to {
		return from
	}
	return from + " – " + to
}

// within says between which values a series is from x to x; nothing where it has none.
func (c chart) within(s series, from, to float64) string {
	begin := slices.IndexFunc(s.points, func(p point) bool { return p.x >= from })
	if begin < 0 {
		return ""
	}
	end := begin
	for end < len(s.points) && s.points[end].x <= to {
		end++
	}
	if begin == end {
		return ""
	}
	low, high := extremes(s.points[begin:end])
	return c.between(s.points[begin+low].y, s.points[begin+high].y)
}

func (c chart) between(low, high float64) string {
	from, to := c.unit.show(low), c.unit.show(high)
	if from == to {
		return from
	}
	return from + " – " + to
}

// says describes the chart to who can't see it.
func (c chart) says() string {
	var said []string
	for _, s := range c.series {
		low, high := extremes(s.points)
		said = append(said, fmt.Sprintf("%s: %s", s.name, c.between(s.points[low].y, s.points[high].y)))
	}
	return strings.Join(said, "; ") + "."
}
