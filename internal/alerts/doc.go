// Package alerts keeps what administrators should know of a license: a feed, from which nothing is lost, and mail to all of them.
//
// An alert is raised in the transaction that commits what it tells. What it tells of may go on, or come again: it is told of once, and
// the alert notes when that was last, until it has been quiet for [Quiet]. An administrator acknowledges it; what comes again
// later than [Quiet] after that is another one.
package alerts
