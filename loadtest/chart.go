package loadtest

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// chart is a picture of some series with one x in common.
type chart struct {
	id, title string
	note      string // under the title: what it shows
	unit      unit
	x         scale
	xSays     func(float64) string
	series    []series
	marks     []float64 // x of what was not to be
	labels    bool      // series are named at their ends
	gap       float64   // how far points may be apart in x to be joined
}

// series is a line of a chart.
type series struct {
	name   string
	look   look
	points []point // in order of x
}

// look is how a series is drawn: a CSS class.
type look string

const (
	look1 look = "s1"
	look2 look = "s2"
	look3 look = "s3"
	look4 look = "s4"
	look5 look = "s5"
	look6 look = "s6"
	area  look = "s1 area" // filled down to zero
	limit look = "limit"   // what the others must not exceed
)

// The size of a chart in its own units, and how finely it is drawn.
const (
	chartWidth, chartHeight = 400.0, 200.0
	chartTop, chartBottom   = 10.0, 26.0
	glyph                   = 6.9 // how wide a digit of a label is
	drawnStretches          = 200 // of a line
	toldStretches           = 48  // of what is told on hovering, and in the table
)

// drawing is a chart as the report has it.
type drawing struct {
	ID, Title, Note, Says    string
	Width, Height            float64
	Left, Right, Top, Bottom float64 // of the plot
	Deep                     float64 // from Top to Bottom
	XTicks, YTicks           []tickMark
	Lines                    []drawnLine
	Marks                    []float64
	Stretches                []stretch
	Log                      bool
	Head                     []string // of the table
	Legend                   bool
}

type tickMark struct {
	At   float64
	Says string
}

type drawnLine struct {
	Name, Class, Path, Dots, Fill, Band string
	LabelY                              float64 // 0: it has none
}

// stretch is what hovering over a part of the chart tells, and a row of its table.
type stretch struct {
	X, Width float64
	Cells    []string
	Says     string
}

// draw lays a chart out. A chart without a single point has no lines.
func (c chart) draw() drawing {
	for i, s := range c.series {
		c.series[i].points = slices.DeleteFunc(slices.Clone(s.points), func(p point) bool { return math.IsNaN(p.y) || math.IsInf(p.y, 0) })
	}
	c.series = slices.DeleteFunc(c.series, func(s series) bool { return len(s.points) == 0 })
	d := drawing{ID: c.id, Title: c.title, Note: c.note, Width: chartWidth, Height: chartHeight, Top: chartTop, Bottom: chartHeight - chartBottom, Deep: chartHeight - chartBottom - chartTop, Legend: len(c.series) > 1 && !c.labels}
	if len(c.series) == 0 {
		return d
	}
	y := c.scale()
	d.Log = y.log
	longest := 0
	for _, v := range y.ticks {
		longest = max(longest, utf8.RuneCountInString(c.unit.show(v)))
	}
	d.Left, d.Right = glyph*float64(longest)+8, chartWidth-14
	if c.labels {
		d.Right -= c.labelWidth()
	}
	across := func(v float64) float64 { return tenth(d.Left + c.x.at(v)*(d.Right-d.Left)) }
	down := func(v float64) float64 { return tenth(d.Bottom - y.at(v)*(d.Bottom-d.Top)) }
	for _, v := range y.ticks {
		d.YTicks = append(d.YTicks, tickMark{down(v), c.unit.show(v)})
	}
	d.XTicks = c.xTicks(across)
	for _, v := range c.marks {
		if x := across(v); !slices.Contains(d.Marks, x) && len(d.Marks) < 50 {
			d.Marks = append(d.Marks, x)
		}
	}
	for _, s := range c.series {
		d.Lines = append(d.Lines, c.line(s, across, down))
	}
	if c.labels {
		part(d.Lines, d.Top, d.Bottom)
	}
	c.tell(&d, across)
	d.Says = c.says()
	return d
}

// xTicks are as many of the marks on the x axis as have room for what they say.
func (c chart) xTicks(across func(float64) float64) []tickMark {
	var marks []tickMark
	taken := 0.0
	for _, v := range c.x.ticks {
		mark := tickMark{across(v), c.xSays(v)}
		half := glyph * float64(utf8.RuneCountInString(mark.Says)) / 2
		if mark.At-half >= taken {
			marks = append(marks, mark)
			taken = mark.At + half + glyph
		}
	}
	return marks
}

// scale is linear from zero, or logarithmic where the highest value would leave nothing to see of the lowest.
func (c chart) scale() scale {
	lowest, highest := math.Inf(1), 0.0
	for _, s := range c.series {
		for _, p := range s.points {
			highest = max(highest, p.y)
			if p.y > 0 {
				lowest = min(lowest, p.y)
			}
		}
	}
	if c.unit == inSeconds && highest > 50*lowest {
		return logarithmic(lowest, highest)
	}
	return linear(highest, c.unit)
}

func (c chart) labelWidth() float64 {
	longest := 0
	for _, s := range c.series {
		longest = max(longest, utf8.RuneCountInString(s.name))
	}
	return glyph * float64(longest)
}

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

// part moves labels apart that would overlap, and keeps them on the plot.
func part(lines []drawnLine, top, bottom float64) {
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
		said := told.Cells[0]
		for _, s := range c.series {
			cell := c.within(s, part[0].x, part[len(part)-1].x)
			told.Cells = append(told.Cells, cell)
			if cell != "" {
				said += "\n" + s.name + " " + cell
			}
		}
		told.Says = said
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

func tenth(v float64) float64 { return math.Round(v*10) / 10 }

func coordinate(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
