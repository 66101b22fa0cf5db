package admin

// SmallestCap is smallestCap.
var SmallestCap = smallestCap
