package loadtest

import (
	"math"
	"slices"
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

// draw lays a chart out. What never happened is left out: a series of nothing but zeros, and a chart without
// series has no lines.
func (c chart) draw() drawing {
	for i, s := range c.series {
		c.series[i].points = slices.DeleteFunc(slices.Clone(s.points), func(p point) bool { return math.IsNaN(p.y) || math.IsInf(p.y, 0) })
	}
	c.series = slices.DeleteFunc(c.series, func(s series) bool {
		return !slices.ContainsFunc(s.points, func(p point) bool { return p.y != 0 })
	})
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
		keepApart(d.Lines, d.Top, d.Bottom)
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
