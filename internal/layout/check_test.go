package layout

import (
	"fmt"
	"slices"
	"strings"
)

// pkg is what `go list` says of a package.
type pkg struct {
	ImportPath   string
	Imports      []string // of code
	TestImports  []string // of tests in the package
	XTestImports []string // of tests in its _test package
}

// check returns a sentence for each way in which the packages differ from the table, in the order of the packages.
func check(pkgs []pkg) []string {
	var faults []string
	for _, p := range pkgs {
		name := ours(p.ImportPath)
		r, ok := find(name)
		if !ok {
			faults = append(faults, fmt.Sprintf("%s is not in the table: add a row to internal/layout/table_test.go with what it "+
				"may import of ours, and why no more", name))
			continue
		}
		for _, path := range p.Imports {
			faults = append(faults, checkArrow(r, path)...)
		}
		for _, path := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			faults = append(faults, checkEverywhere(name, path)...)
		}
	}
	return slices.Compact(faults)
}

// checkArrow judges an import by code of r's package.
func checkArrow(r row, path string) []string {
	to := ours(path)
	if to == "" || slices.Contains(r.may, to) {
		return nil
	}
	target, known := find(to)
	all := slices.Contains(r.may, everything)
	switch {
	case target.testOnly && (all || !r.testOnly):
		return []string{fmt.Sprintf("%s may not import %s, which is for tests alone: %s", r.pkg, to, target.guard)}
	case all || !known: // an unknown target is reported for itself
		return nil
	}
	fault := fmt.Sprintf("%s may not import %s: %s", r.pkg, to, r.why)
	if target.guard != "" {
		fault += ". And: " + target.guard
	}
	return []string{fmt.Sprintf("%s. It may import of ours: %s", fault, orNothing(r.may))}
}

// checkEverywhere judges an import for what holds in tests too.
func checkEverywhere(from, path string) []string {
	var faults []string
	for _, o := range outsiders {
		if strings.Contains(path, o.contains) && !slices.Contains(o.only, from) {
			faults = append(faults, fmt.Sprintf("%s may not import %s, only %s may: %s", from, path, orNothing(o.only), o.why))
		}
	}
	to := ours(path)
	for _, x := range apart {
		if below(from, x.a) && below(to, x.b) || below(from, x.b) && below(to, x.a) {
			faults = append(faults, fmt.Sprintf("%s may not import %s, not in its tests either: %s", from, to, x.why))
		}
	}
	return faults
}

// ours is a package's path below the module, or "" for one of somebody else.
func ours(path string) string {
	name, ok := strings.CutPrefix(path, module+"/")
	if !ok {
		return ""
	}
	return name
}

func find(name string) (row, bool) {
	i := slices.IndexFunc(table, func(r row) bool { return r.pkg == name })
	if i < 0 {
		return row{}, false
	}
	return table[i], true
}

func below(name, top string) bool {
	return name == top || strings.HasPrefix(name, top+"/")
}

func orNothing(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}
