package layout

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root is the module's, from this package's folder, where tests run.
const root = "../.."

// TestImports holds the table against the packages there are.
func TestImports(t *testing.T) {
	t.Parallel()
	watchTree(t)
	pkgs := list(t)
	for _, fault := range check(pkgs) {
		t.Error(fault)
	}
	if !slices.ContainsFunc(pkgs, func(p pkg) bool { return p.ImportPath == module+"/seats" }) {
		t.Errorf("go list shows %d packages, and seats is not one of them: nothing was compared", len(pkgs))
	}
}

// TestTopLevel keeps the module's root readable: a folder more is a decision, not an accident.
func TestTopLevel(t *testing.T) {
	t.Parallel()
	ignored := ignoredFolders(t)
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := e.Name()
		if !e.IsDir() || strings.HasPrefix(name, ".") || slices.Contains(ignored, name) {
			continue
		}
		if !slices.Contains(topLevel, name) {
			t.Errorf("folder %s stands at the top, where only %s do: put it below one of them, or add it to topLevel and say why",
				name, strings.Join(topLevel, " "))
		}
	}
}

// list asks the go command for all packages of the module, as they are even where one of them does not compile.
func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var pkgs []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatalf("go list answered with something else than packages: %v", err)
		}
		pkgs = append(pkgs, p)
	}
}

// watchTree reads every folder of the module. The go command keeps a test's result for as long as the files that
// the test itself opened are unchanged, and does not see what `go list` opens: without this an arrow that turned
// would go on passing from the cache.
func watchTree(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // the file of a test running beside this one came and went
			return nil
		}
		if err != nil {
			return err
		}
		if name := e.Name(); e.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "testdata") {
			return fs.SkipDir
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// ignoredFolders are the folders of the root that .gitignore names, such as /bin/.
func ignoredFolders(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, ".gitignore"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "/") && strings.HasSuffix(line, "/") {
			names = append(names, strings.Trim(line, "/"))
		}
	}
	return names
}
