package loadtest

import "math"

// point is one value of a series.
type point struct{ x, y float64 }

// thin keeps of points in order of x at most two for each of so many equal stretches: the lowest and the highest, so that no peak
// and no dip is lost. Few points stay as they are.
func thin(points []point, stretches int) []point {
	if len(points) <= 2*stretches {
		return points
	}
	kept := make([]point, 0, 2*stretches)
	for _, stretch := range cut(points, stretches) {
		low, high := extremes(stretch)
		switch {
		case low < high:
			kept = append(kept, stretch[low], stretch[high])
		case low > high:
			kept = append(kept, stretch[high], stretch[low])
		default:
			kept = append(kept, stretch[low])
		}
	}
	return kept
}

// cut parts points into at most so many stretches, equally long in x, and leaves out those without points.
func cut(points []point, stretches int) [][]point {
	if len(points) == 0 {
		return nil
	}
	first, last := points[0].x, points[len(points)-1].x
	length := math.Max(last-first, 1) / float64(stretches)
	var parts [][]point
	begin := 0
	for i := 1; i <= len(points); i++ {
		if i < len(points) && stretchOf(points[i], first, length, stretches) == stretchOf(points[begin], first, length, stretches) {
			continue
		}
		parts = append(parts, points[begin:i])
		begin = i
	}
	return parts
}

func stretchOf(p point, first, length float64, stretches int) int {
	return min(int((p.x-first)/length), stretches-1)
}

// extremes are the indexes of the lowest and the highest value.
func extremes(points []point) (low, high int) {
	for i, p := range points {
		if p.y < points[low].y {
			low = i
		}
		if p.y > points[high].y {
			high = i
		}
	}
	return low, high
}
