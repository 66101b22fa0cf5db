package lease

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"
)

var errClient = errors.New("lease: the client is neither of one server nor of a Cluster")

// masterOf is the client of the one server that has a key's slot, as far as is known. Errors: the map of the Cluster could
// not be had.
func masterOf(ctx context.Context, client redis.UniversalClient, key string) (*redis.Client, error) {
	switch client := client.(type) {
	case *redis.Client:
		return client, nil
	case *redis.ClusterClient:
		return client.MasterForKey(ctx, key)
	}
	return nil, errClient
}
