// Package api is the Go client of Usher's HTTP API, for partners' and administrators' programs. Its calls and shapes are generated from
// the API's document (OpenAPI 3.1); [New] makes one.
//
// Each call comes in two forms: CreateLicense returns the bare response, and CreateLicenseWithResponse one that is read: its JSON201, or the like,
// is nil where the answer is another one, and ApplicationproblemJSONDefault then tells what went wrong, with a stable code. What may be null is
// a nullable.Nullable: in changes, null goes back to the default, and what is not set stays as it is.
package api

//go:generate go tool -modfile=../../../internal/tools/go.mod oapi-codegen -config oapi-codegen.yaml ../../../internal/admin/openapi.yaml
