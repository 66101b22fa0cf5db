package loadtest

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
)

// line draws a series: of few points each, of many the mean of each stretch before a band from the lowest to the highest. Points
// too far from each other are not joined; one that stands alone becomes a dot.
func (c chart) line(s series, across, down func(float64) float64) drawnLine {
	line := drawnLine{Name: s.name, Class: string(s.look)}
	at := func(x, y float64) string { return coordinate(across(x)) + " " + coordinate(down(y)) }
	var path, dots, fill, band strings.Builder
	for _, run := range c.runs(thin(s.points, drawnStretches)) {
		first, last := run[0], run[len(run)-1]
		path.WriteString("M" + at(first.x, first.mean))
		fill.WriteString("M" + at(first.x, 0))
		band.WriteString("M" + at(first.x, first.low))
		for _, p := range run {
			path.WriteString("L" + at(p.x, p.mean))
			fill.WriteString("L" + at(p.x, p.mean))
			band.WriteString("L" + at(p.x, p.high))
		}
		for _, p := range slices.Backward(run) {
			band.WriteString("L" + at(p.x, p.low))
		}
		fill.WriteString("L" + at(last.x, 0) + "Z")
		band.WriteString("Z")
		if len(run) == 1 {
			dots.WriteString("M" + at(first.x, first.mean) + "h0")
		}
	}
	line.Path, line.Dots = path.String(), dots.String()
	if s.look == area {
		line.Fill = fill.String()
	}
	if len(s.points) > drawnStretches {
		line.Band = band.String()
	}
	if c.labels {
		line.LabelY = down(s.points[len(s.points)-1].y) + 4
	}
	return line
}

// runs parts points where they are too far from each other to be joined.
func (c chart) runs(points []summary) [][]summary {
	var runs [][]summary
	begin := 0
	for i := 1; i <= len(points); i++ {
		if i == len(points) || points[i].x-points[i-1].x > c.gap {
			runs = append(runs, points[begin:i])
			begin = i
		}
	}
	return runs
}

// keepApart moves labels apart that would overlap, and keeps them on the plot.
func keepApart(lines []drawnLine, top, bottom float64) {
	const apart = 13
	order := make([]*drawnLine, len(lines))
	for i := range lines {
		order[i] = &lines[i]
	}
	slices.SortStableFunc(order, func(a, b *drawnLine) int { return cmp.Compare(a.LabelY, b.LabelY) })
	lowest := top + 4
	for _, line := range order {
		line.LabelY = max(line.LabelY, lowest)
		lowest = line.LabelY + apart
	}
	highest := bottom
	for _, line := range slices.Backward(order) {
		line.LabelY = tenth(min(line.LabelY, highest))
		highest = line.LabelY - apart
	}
}

func tenth(v float64) float64 { return math.Round(v*10) / 10 }

func coordinate(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
