//go:build race

package gateway

// crowdShare is by how much smaller crowds are under the race detector, where what each of them is told costs ten times as much.
const crowdShare = 5
