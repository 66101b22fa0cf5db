package loadtest

import "bytes"

// The scanner finds the parts of JSON that a server wrote, without reading what is in them. What thousands of agents are shown is
// most of what a load test has to look at, and nearly all of it is looked at for no more than whether it is the same.

// fields calls do for each field of an object, until it returns false. False: that is no object.
func fields(object []byte, do func(name, value []byte) bool) bool {
	i := space(object, 0)
	if i >= len(object) || object[i] != '{' {
		return false
	}
	for i = space(object, i+1); i < len(object) && object[i] != '}'; {
		name := i
		end := skip(object, i)
		colon := space(object, end)
		if object[name] != '"' || end-name < 2 || colon >= len(object) || object[colon] != ':' {
			return false
		}
		value := space(object, colon+1)
		after := skip(object, value)
		if after == value || !do(object[name+1:end-1], object[value:after]) {
			return after != value
		}
		if i = space(object, after); i < len(object) && object[i] == ',' {
			i = space(object, i+1)
		}
	}
	return i < len(object)
}

// elements calls do for each element of an array, until it returns false. False: that is no array.
func elements(array []byte, do func(value []byte) bool) bool {
	i := space(array, 0)
	if i >= len(array) || array[i] != '[' {
		return false
	}
	for i = space(array, i+1); i < len(array) && array[i] != ']'; {
		after := skip(array, i)
		if after == i || !do(array[i:after]) {
			return after != i
		}
		if i = space(array, after); i < len(array) && array[i] == ',' {
			i = space(array, i+1)
		}
	}
	return i < len(array)
}

// field is the first field of an object with that name, or nil.
func field(object []byte, name string) (found []byte) {
	fields(object, func(n, value []byte) bool {
		if string(n) == name {
			found = value
		}
		return found == nil
	})
	return found
}

// text is what stands in a string without escapes, which ids are; "" else.
func text(value []byte) []byte {
	if len(value) < 2 || value[0] != '"' || bytes.IndexByte(value, '\\') >= 0 {
		return nil
	}
	return value[1 : len(value)-1]
}

// skip is the end of the value that begins at i; i when there is none.
func skip(b []byte, i int) int {
	if i >= len(b) {
		return i
	}
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		return skipNested(b, i)
	}
	end := i
	for end < len(b) && b[end] != ',' && b[end] != '}' && b[end] != ']' && b[end] != ':' && b[end] > ' ' {
		end++
	}
	return end
}

func skipString(b []byte, i int) int {
	for end := i + 1; end < len(b); end++ {
		quote := bytes.IndexByte(b[end:], '"')
		if quote < 0 {
			return i
		}
		end += quote
		slashes := 0
		for b[end-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return end + 1
		}
	}
	return i
}

func skipNested(b []byte, i int) int {
	depth := 0
	for end := i; end < len(b); end++ {
		switch b[end] {
		case '"':
			after := skipString(b, end)
			if after == end {
				return i
			}
			end = after - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return end + 1
			}
		}
	}
	return i
}

// space is where the white space that begins at i ends.
func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}
