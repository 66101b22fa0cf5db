package seatsmem

import (
	"container/heap"
	"slices"
)

// numbers hands out seat numbers, the lowest free one first.
type numbers struct {
	freed lowest // free numbers below high, each once
	high  int    // all numbers above were never taken
}

func (n *numbers) take() int {
	if len(n.freed) > 0 {
		return heap.Pop(&n.freed).(int)
	}
	n.high++
	return n.high
}

// claim takes a certain number that is free.
func (n *numbers) claim(number int) {
	for n.high < number {
		n.high++
		heap.Push(&n.freed, n.high)
	}
	// A claim of the highest number, which is the usual one, finds it last.
	for i, free := range slices.Backward(n.freed) {
		if free == number {
			heap.Remove(&n.freed, i)
			return
		}
	}
}

func (n *numbers) free(number int) { heap.Push(&n.freed, number) }

type lowest []int

func (h lowest) Len() int           { return len(h) }
func (h lowest) Less(i, j int) bool { return h[i] < h[j] }
func (h lowest) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *lowest) Push(x any)        { *h = append(*h, x.(int)) }
func (h *lowest) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	*h = (*h)[:last]
	return x
}
