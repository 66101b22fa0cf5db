package leasetest

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Script is an engine's script, as its tests look at it.
type Script struct {
	Source string            // as assembled
	Keys   []string          // the names of its keys, in their order
	Kinds  []string          // what its keys are made of besides, where it names that: R.… and I.…
	Files  map[string]string // what it was assembled of, by name

	Operations []string
	Pass       string // the function that lets time pass; it is taken to call all events: come.…
	Back       string // the function for a clock that was set back
}

var (
	functionHead = regexp.MustCompile(`^(?:local )?function ((?:\w+\.)?\w+)\(([^)]*)\)`)
	placeUse     = regexp.MustCompile(`KEYS\[(\d+)\]`)
	keyUse       = regexp.MustCompile(`\b(?:K\.(\w+)|([RI]\.\w+))`)
	call         = regexp.MustCompile(`((?:\w+\.)?\w+)\(`)
	commentOf    = regexp.MustCompile(`--.*`)
	joined       = regexp.MustCompile(`(function op\.\w+\([^)]*,)\n *`) // a list of parameters over two lines
	replyMade    = regexp.MustCompile(`(?:return |nil, |= )\{'(\w+)'(.*)\}`)
)

// named is the source with the keys by their names.
func (s Script) named() string {
	return placeUse.ReplaceAllStringFunc(s.Source, func(use string) string {
		i, err := strconv.Atoi(strings.Trim(use, "KEYS[]"))
		if err != nil {
			panic(err)
		}
		return "K." + s.Keys[i-1]
	})
}

// function is one of the script's, as its source has it.
type function struct {
	params []string
	body   string
}

// functions finds the top-level functions, which end at the first line "end" that is not indented.
func (s Script) functions() map[string]function {
	all := map[string]function{}
	var name string
	source := commentOf.ReplaceAllString(s.named(), "")
	for line := range strings.Lines(joined.ReplaceAllString(source, "$1")) {
		line = strings.TrimRight(line, " \n")
		if m := functionHead.FindStringSubmatch(line); m != nil {
			name = m[1]
			all[name] = function{params: strings.FieldsFunc(m[2], func(r rune) bool { return r == ',' || r == ' ' })}
			line = line[len(m[0]):]
		}
		if name == "" {
			continue
		}
		f := all[name]
		f.body += line + "\n"
		all[name] = f
		if line == "end" || strings.HasSuffix(line, " end") && !strings.HasPrefix(line, "  ") {
			name = ""
		}
	}
	pass := all[s.Pass]
	for name := range all {
		if strings.HasPrefix(name, "come.") {
			pass.body += name + "()\n"
		}
	}
	all[s.Pass] = pass
	return all
}

// reach visits a function and those it calls, by themselves or by others.
func reach(all map[string]function, name string, visit func(body string)) {
	seen := map[string]bool{}
	var enter func(name string)
	enter = func(name string) {
		f, ours := all[name]
		if !ours || seen[name] {
			return
		}
		seen[name] = true
		visit(f.body)
		for _, m := range call.FindAllStringSubmatch(f.body, -1) {
			enter(m[1])
		}
	}
	enter(name)
}

// keysUsed are the keys that a function touches, by itself or by those it calls.
func keysUsed(all map[string]function, name string) []string {
	keys := map[string]bool{}
	reach(all, name, func(body string) {
		for _, m := range keyUse.FindAllStringSubmatch(body, -1) {
			keys[m[1]+m[2]] = true
		}
	})
	return slices.Sorted(maps.Keys(keys))
}

// header is what the comment at the beginning of an operation's file says.
type header struct {
	keys, args []string
	replies    map[string]int // tag → number of items, with the tag
}

func parseHeader(text string) header {
	sections := map[string]string{}
	var section string
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(line, "--")
		if !ok {
			break
		}
		words := strings.Fields(rest)
		switch {
		case len(words) > 0 && (words[0] == "KEYS" || words[0] == "ARGS" || words[0] == "REPLY"):
			section = words[0]
			words = words[1:]
		case section != "REPLY" && strings.Contains(rest, ":"): // explanations follow
			section = ""
		}
		sections[section] += strings.Join(words, " ") + " "
	}
	h := header{keys: list(sections["KEYS"]), args: list(sections["ARGS"]), replies: map[string]int{}}
	for shape := range strings.SplitSeq(sections["REPLY"], "|") {
		if words := list(shape); len(words) > 0 {
			h.replies[words[0]] = len(words)
		}
	}
	return h
}

func list(section string) []string {
	words := strings.Fields(section)
	if len(words) == 1 && words[0] == "-" {
		return nil
	}
	return words
}

// repliesMade are the replies that a function may make, with their number of items.
func repliesMade(all map[string]function, name string) map[string]int {
	made := map[string]int{}
	reach(all, name, func(body string) {
		for _, m := range replyMade.FindAllStringSubmatch(strings.ReplaceAll(body, ",\n", ", "), -1) {
			made[m[1]] = itemsIn(m[2])
		}
	})
	return made
}

// itemsIn counts the items of a list, after its first.
func itemsIn(list string) int {
	items, depth := 1, 0
	for _, c := range list {
		switch {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			items++
		}
	}
	return items
}

// CheckHeaders holds what the headers of the operations' files say against what their functions do; and those of the two
// files that the script itself calls.
func (s Script) CheckHeaders(t *testing.T) {
	t.Helper()
	all := s.functions()
	functionOf := map[string]string{}
	for _, name := range s.Operations {
		functionOf[name] = "op." + name
	}
	for _, own := range []string{s.Pass, s.Back} {
		file, _, _ := strings.Cut(own, ".")
		functionOf[file] = own
	}
	for name, itsFunction := range functionOf {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := parseHeader(s.Files[name])
			f, ok := all[itsFunction]
			if !ok {
				t.Fatal("the file has no function of its name")
			}
			params := f.params
			if itsFunction != "op."+name {
				params = nil
			}
			slices.Sort(h.keys)
			if diff := cmp.Diff(h.keys, keysUsed(all, itsFunction), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("KEYS (-header +body):\n%s", diff)
			}
			if diff := cmp.Diff(h.args, params, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("ARGS (-header +body):\n%s", diff)
			}
			if diff := cmp.Diff(h.replies, repliesMade(all, itsFunction), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("REPLY (-header +body):\n%s", diff)
			}
		})
	}
}

// CheckKeys fails unless the script uses all its keys, and no others.
func (s Script) CheckKeys(t *testing.T) {
	t.Helper()
	used := map[string]bool{}
	for _, m := range keyUse.FindAllStringSubmatch(s.named(), -1) {
		used[m[1]+m[2]] = true
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(slices.Concat(s.Keys, s.Kinds))), slices.Sorted(maps.Keys(used))); diff != "" {
		t.Errorf("keys (-keys.go +scripts):\n%s", diff)
	}
}

// CheckSent fails unless each operation is sent with as many arguments as its header names. sent are commands as they are
// sent, one of each operation.
func (s Script) CheckSent(t *testing.T, sent ...[]any) {
	t.Helper()
	var names []string
	for _, args := range sent {
		name, _ := args[0].(string)
		names = append(names, name)
		if want := parseHeader(s.Files[name]).args; args[1] != len(args)-2 || len(want) != len(args)-2 {
			t.Errorf("sent as %v, want arguments %q", args, want)
		}
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(s.Operations)), slices.Sorted(slices.Values(names))); diff != "" {
		t.Errorf("operations (-script +commands):\n%s", diff)
	}
}
