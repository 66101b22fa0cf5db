package lease

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"
)

//go:embed prelude.lua
var prelude string

// ClockLine is the one line of the prelude that reads the server's clock. Tests that need a clock of their own
// put another line in its place.
const ClockLine = "local function clock_shows() return moment(redis.call('TIME')) end"

// keyUse is how a part names a key.
var keyUse = regexp.MustCompile(`\bK\.(\w+)`)

// Assemble makes one script of the prelude and an engine's parts, in their order. keys are the names by which
// the parts refer to the keys (K.name), in the order in which they are handed to the script; each use becomes the
// key's place, as a table of them would have to be made for each call. A part defines the function call, whose result is
// the reply.
func Assemble(keys []string, parts ...string) string {
	script := prelude + "\n" + strings.Join(parts, "\n")
	return keyUse.ReplaceAllStringFunc(script, func(use string) string {
		i := slices.Index(keys, strings.TrimPrefix(use, "K."))
		if i < 0 {
			panic("lease: a script uses an unknown key: " + use)
		}
		return fmt.Sprintf("KEYS[%d]", i+1)
	})
}

// Library is a script as Redis keeps it from its first call on: a library of one function, named after its text, so that
// nodes of several versions can share a server. It is loaded where a call finds it missing: after the server lost it, after
// a failover, on a Cluster's further masters.
type Library struct{ name, text string }

// NewLibrary names a script that [Assemble] made.
func NewLibrary(script string) Library {
	sum := sha256.Sum256([]byte(script))
	name := "usher_" + hex.EncodeToString(sum[:10])
	return Library{name, fmt.Sprintf("#!lua name=%s\n%s\nredis.register_function('%s', function(keys, args)\n  enter(keys, args)\n  return call()\nend)\n",
		name, script, name)}
}

// Call is the command that runs the script.
func (l Library) Call(ctx context.Context, keys []string, args []any) *redis.Cmd {
	all := make([]any, 0, 3+len(keys)+len(args))
	all = append(all, "FCALL", l.name, len(keys))
	for _, key := range keys {
		all = append(all, key)
	}
	return redis.NewCmd(ctx, append(all, args...)...)
}

// Run calls the script, and loads it where it is missing.
func (l Library) Run(ctx context.Context, client redis.UniversalClient, keys []string, args ...any) *redis.Cmd {
	cmd := l.Call(ctx, keys, args)
	_ = client.Process(ctx, cmd) // which cmd has as well
	if !missing(cmd.Err()) {
		return cmd
	}
	unloaded := l.loadAll(ctx, client)
	again := l.Call(ctx, keys, args)
	_ = client.Process(ctx, again)
	if missing(again.Err()) && unloaded != nil {
		again.SetErr(unloaded)
	}
	return again
}

// loadAll loads the library on every master: the key's slot may have moved to another one than is known here yet.
func (l Library) loadAll(ctx context.Context, client redis.UniversalClient) error {
	switch client := client.(type) {
	case *redis.Client:
		return l.load(ctx, client)
	case *redis.ClusterClient:
		return client.ForEachMaster(ctx, l.load)
	}
	return errClient
}

// load loads the library on a master.
func (l Library) load(ctx context.Context, master *redis.Client) error {
	err := master.FunctionLoad(ctx, l.text).Err()
	if err != nil && strings.Contains(err.Error(), "already exists") { // another call was first
		return nil
	}
	if err != nil {
		return fmt.Errorf("loading the engine's function library, for which its user needs FUNCTION LOAD: %w", err)
	}
	return nil
}

// missing tells whether a call failed since the server does not have the library.
func missing(err error) bool { return redis.HasErrorPrefix(err, functionMissing) }

const functionMissing = "Function not found"
