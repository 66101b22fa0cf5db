package admin

import (
	_ "embed"
	"fmt"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/gin-gonic/gin"
	"github.com/swaggest/swgui/v5emb"

	"usher/internal/directory"
)

// document is the API as clients are given it.
//
//go:embed openapi.yaml
var document []byte

const (
	basePath = "/v1"
	docsPath = "/docs/"
)

// access says who may call an operation.
type access string

const (
	everybody     access = "everybody"
	known         access = "known"         // whoever proves who they are
	administrator access = "administrator" // of the license, and its partner
	partner       access = "partner"       // of the license, where there is one
)

// operation is one operation of the document.
type operation struct {
	access access
	scope  directory.Scope // that an API key needs; "": none
	route  *routers.Route  // for the validation
}

// readOperations parses the document. An operation that does not say who may call it is an error.
func readOperations() (map[string]*operation, error) {
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		return nil, err
	}
	operations := map[string]*operation{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			who, err := accessOf(op)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", method, path, err)
			}
			operations[method+" "+ginPath(path)] = &operation{
				access: who, scope: scopeOf(method, who, op),
				route: &routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: op},
			}
		}
	}
	return operations, nil
}

func accessOf(op *openapi3.Operation) (access, error) {
	said, _ := op.Extensions["x-access"].(string)
	switch who := access(said); who {
	case everybody, known, administrator, partner:
		return who, nil
	}
	return "", fmt.Errorf("x-access is %q", said)
}

// scopeOf is what an API key needs for an operation: what x-scope says, else to read or to write.
func scopeOf(method string, who access, op *openapi3.Operation) directory.Scope {
	said, _ := op.Extensions["x-scope"].(string)
	switch {
	case said != "":
		return directory.Scope(said)
	case who == everybody || who == known:
		return ""
	case method == http.MethodGet:
		return directory.ScopeRead
	}
	return directory.ScopeWrite
}

// ginPath is a path of the document as Gin names the route: /v1/licenses/:license.
func ginPath(path string) string {
	return basePath + strings.NewReplacer("{", ":", "}", "").Replace(path)
}

// mountDocs serves a page that shows the document. All that it loads comes with the program, so that it works
// offline.
func mountDocs(e *gin.Engine) {
	page := gin.WrapH(v5emb.New("Usher", basePath+"/openapi.yaml", docsPath))
	e.GET(docsPath+"*asset", page)
	e.GET(strings.TrimSuffix(docsPath, "/"), func(c *gin.Context) { c.Redirect(http.StatusMovedPermanently, docsPath) })
}
