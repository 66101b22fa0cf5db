package gateway

// What tests from outside look at.

// Floors is how many licenses the server serves.
func Floors(s *Server) int { return len(s.allFloors()) }

// Connections is how many sockets the server has.
func Connections(s *Server) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// Members is how many sessions are on the server's floors.
func Members(s *Server) int {
	n := 0
	for _, f := range s.allFloors() {
		f.lock()
		n += len(f.sessions)
		f.unlock()
	}
	return n
}

// Hired are those whom [MemoryRecords.HireAll] hires.
func Hired(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = string(hired(i))
	}
	return all
}

// CrowdShare is by how much smaller crowds are to be than wanted.
const CrowdShare = crowdShare
