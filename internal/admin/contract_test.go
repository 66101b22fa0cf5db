package admin_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync"

	"usher/internal/admin"
)

// contract is what all tests of the package together have seen of the document: which calls were answered well, and which problems came.
// It is held against the document when they are over, so that nothing can be documented that no test shows.
type contract struct {
	mu      sync.Mutex
	calls   map[string]bool // by operationId
	problem map[string]bool // by code
}

var seen = contract{calls: map[string]bool{}, problem: map[string]bool{}}

func (c *contract) note(operation string, a answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a.status < 300 {
		c.calls[operation] = true
	} else {
		c.problem[a.code()] = true
	}
}

// lacks tells, as an exit code, whether the tests have left out any of the document. Where not all of them ran it is 0.
func (c *contract) lacks() (exit int) {
	for _, name := range []string{"test.run", "test.skip", "test.list", "test.fuzz", "test.bench"} {
		if flag.Lookup(name).Value.String() != "" {
			return 0
		}
	}
	doc, err := document()
	if err != nil {
		fmt.Println(err)
		return 1
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var missing []string
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			if !c.calls[op.OperationID] {
				missing = append(missing, "no test has "+op.OperationID+" answered well")
			}
		}
	}
	for _, code := range admin.Codes() {
		if !strings.Contains(doc.Info.Description, "`"+code+"`") {
			missing = append(missing, "the document does not name the code "+code)
		}
		if !c.problem[code] {
			missing = append(missing, "no test sees the code "+code)
		}
	}
	slices.Sort(missing)
	for _, line := range missing {
		fmt.Println("contract: " + line)
		exit = 1
	}
	return exit
}
