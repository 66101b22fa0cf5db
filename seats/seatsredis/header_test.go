package seatsredis_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/seats"
	"usher/seats/seatsredis"
)

var (
	functionHead = regexp.MustCompile(`^(?:local )?function ((?:\w+\.)?\w+)\(([^)]*)\)`)
	keyUse       = regexp.MustCompile(`\bK\.(\w+)`)
	call         = regexp.MustCompile(`((?:\w+\.)?\w+)\(`)
	commentOf    = regexp.MustCompile(`--.*`)
	joined       = regexp.MustCompile(`(function op\.\w+\([^)]*,)\n *`) // a list of parameters over two lines
	replyMade    = regexp.MustCompile(`(?:return |nil, |= )\{'(\w+)'(.*)\}`)
)

// function is one of the script's, as its source has it.
type function struct {
	params []string
	body   string
}

// functions finds the top-level functions of a source, which end at the first line "end" that is not indented. Events
// come about by what expire.pass looks up, so that it is taken to call them all.
func functions(source string) map[string]function {
	all := map[string]function{}
	var name string
	source = commentOf.ReplaceAllString(source, "")
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
	pass := all["expire.pass"]
	for name := range all {
		if strings.HasPrefix(name, "come.") {
			pass.body += name + "()\n"
		}
	}
	all["expire.pass"] = pass
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
			keys[m[1]] = true
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

func TestHeadersSayWhatTheOperationsDo(t *testing.T) {
	t.Parallel()
	all := functions(seatsredis.Source())
	texts := seatsredis.Files(t)
	functionOf := map[string]string{"expire": "expire.pass", "clock": "clock.set_back"}
	for _, name := range seatsredis.Operations() {
		functionOf[name] = "op." + name
	}
	for name, itsFunction := range functionOf {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := parseHeader(texts[name])
			f, ok := all[itsFunction]
			if !ok {
				t.Fatal("the file has no function of its name")
			}
			params := f.params
			if itsFunction != "op."+name { // called by the script itself
				params = nil
			}
			used := keysUsed(all, itsFunction)
			slices.Sort(h.keys)
			if diff := cmp.Diff(h.keys, used); diff != "" {
				t.Errorf("KEYS (-header +body):\n%s", diff)
			}
			if diff := cmp.Diff(h.args, params, equateEmpty); diff != "" {
				t.Errorf("ARGS (-header +body):\n%s", diff)
			}
			if diff := cmp.Diff(h.replies, repliesMade(all, itsFunction), equateEmpty); diff != "" {
				t.Errorf("REPLY (-header +body):\n%s", diff)
			}
		})
	}
}

func TestEveryKeyIsNamedInOnePlace(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, m := range keyUse.FindAllStringSubmatch(seatsredis.Source(), -1) {
		used[m[1]] = true
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(seatsredis.KeyNames())), slices.Sorted(maps.Keys(used))); diff != "" {
		t.Errorf("keys (-keys.go +scripts):\n%s", diff)
	}
}

func TestCommandsAreSentAsTheHeadersSay(t *testing.T) {
	t.Parallel()
	texts := seatsredis.Files(t)
	commands := map[string]seats.Command{
		"open": seats.Open{Generation: 1}, "configure": seats.Configure{}, "renew": seats.Renew{Lease: time.Second},
		"take": seats.Take{}, "unwait": seats.Unwait{}, "leave": seats.Leave{}, "logout": seats.Logout{}, "drop": seats.Drop{},
		"free": seats.Free{}, "hand_over": seats.HandOver{}, "claim": seats.Claim{}, "ask": seats.MakeAsk{},
		"answer": seats.AnswerAsk{}, "idle": seats.SetIdle{}, "routing": seats.SetRouting{}, "lift": seats.Lift{},
		"find": seats.Find{}, "explain": seats.Explain{}, "read": seats.Read{},
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(seatsredis.Operations())), slices.Sorted(maps.Keys(commands))); diff != "" {
		t.Errorf("operations (-script +commands):\n%s", diff)
	}
	for name, c := range commands {
		args := seatsredis.Encode(t, c)
		if args[0] != name || args[1] != len(args)-2 {
			t.Errorf("%T is sent as %v", c, args)
		}
		if want := parseHeader(texts[name]).args; len(want) != len(args)-2 {
			t.Errorf("%T is sent with %d arguments, want %q", c, len(args)-2, want)
		}
	}
}
