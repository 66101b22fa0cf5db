package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/gin-gonic/gin"
)

// MaxBodyBytes is the longest body of a request.
const MaxBodyBytes = 1 << 20

// validated lets requests pass that the document allows.
func (s *Server) validated(c *gin.Context) {
	op := s.operations[c.Request.Method+" "+c.FullPath()]
	if body := op.route.Operation.RequestBody; body != nil {
		if err := readBody(c, body.Value.Required); err != nil {
			s.fail(c, err)
			return
		}
	} else {
		c.Request.Body = http.NoBody
	}
	params := make(map[string]string, len(c.Params))
	for _, p := range c.Params {
		params[p.Key] = p.Value
	}
	err := openapi3filter.ValidateRequest(c.Request.Context(), &openapi3filter.RequestValidationInput{
		Request:    c.Request,
		PathParams: params,
		Route:      op.route,
		Options: &openapi3filter.Options{
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, // admitted has done it
			// Handlers get the very value that was validated. Decoded again, "CAP" would pass for "cap", unvalidated.
			KeepValidatedValue: true,
		},
	})
	if err != nil {
		s.fail(c, invalidRequest(err))
	}
}

// readBody puts the request's body in memory, when it is JSON and not too long.
func readBody(c *gin.Context, required bool) error {
	b, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, MaxBodyBytes))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return problem(codePayloadTooLarge, "the body may have at most %d bytes", MaxBodyBytes)
	case err != nil:
		return &requestError{code: codeBadRequest, detail: "the body could not be read", cause: err}
	case len(b) == 0 && required:
		return problem(codeBadRequest, "a JSON object is needed as the body")
	case len(b) == 0:
		c.Request.Body, c.Request.ContentLength = http.NoBody, 0
		return nil
	}
	if media, _, err := mime.ParseMediaType(c.ContentType()); err != nil || media != "application/json" {
		return problem(codeUnsupportedMediaType, "send the body as Content-Type: application/json")
	}
	if err := checkJSON(b); err != nil {
		return &requestError{code: codeBadRequest, detail: "the body is not JSON: " + err.Error(), cause: err}
	}
	c.Request.Body, c.Request.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
	return nil
}

// checkJSON tells why b is not exactly one JSON text, or nil.
func checkJSON(b []byte) error {
	if !utf8.Valid(b) {
		return errors.New("it is not UTF-8")
	}
	var raw json.RawMessage
	return json.Unmarshal(b, &raw)
}

// invalidRequest tells what the document does not allow, and where.
func invalidRequest(err error) *requestError {
	e := &requestError{code: codeBadRequest, detail: "the request is not as the API's document has it", cause: err}
	var (
		request *openapi3filter.RequestError
		schema  *openapi3.SchemaError
	)
	if errors.As(err, &request) && request.Parameter != nil {
		e.field = request.Parameter.Name
	}
	if errors.As(err, &schema) {
		if at := strings.Join(schema.JSONPointer(), "."); at != "" {
			e.field = at
		}
		e.detail = reason(schema)
	} else if request != nil && request.Err != nil {
		e.detail = sentence(request.Err.Error())
		if p := request.Parameter; p != nil && p.Schema != nil && isInteger(p.Schema.Value) {
			e.detail = wholeNumber
		}
	}
	if e.field != "" {
		e.detail = e.field + ": " + e.detail
	}
	return e
}

const wholeNumber = "must be a whole number"

func isInteger(s *openapi3.Schema) bool { return s != nil && s.Type.Is(openapi3.TypeInteger) }

// undecoded tells what of a request that the document allows could not be read all the same: to the document 1e3 is
// a whole number, to Go it is none.
func undecoded(err error) *requestError {
	e := &requestError{code: codeBadRequest, detail: "the request is not as the API's document has it", cause: err}
	if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && mismatch.Field != "" {
		e.field, e.detail = mismatch.Field, mismatch.Field+": is a value of another type than the API's document has"
		if mismatch.Type.Kind() == reflect.Int || mismatch.Type.Kind() == reflect.Int64 {
			e.detail = mismatch.Field + ": " + wholeNumber + ", without exponent and decimal point"
		}
	}
	return e
}

// reason tells why a value is refused. Bounds are written out: the library would say 1e+06 for a million.
func reason(e *openapi3.SchemaError) string {
	if e.Schema != nil {
		switch {
		case e.SchemaField == "minimum" && e.Schema.Min != nil:
			return "must be at least " + strconv.FormatFloat(*e.Schema.Min, 'f', -1, 64)
		case e.SchemaField == "maximum" && e.Schema.Max != nil:
			return "must be at most " + strconv.FormatFloat(*e.Schema.Max, 'f', -1, 64)
		case e.SchemaField == "format" && isInteger(e.Schema):
			return "is out of range"
		case isInteger(e.Schema):
			return wholeNumber
		}
	}
	return sentence(e.Reason)
}

// sentence makes a library's text fit to follow a field's name: short, and with a small letter first.
func sentence(text string) string {
	const longest = 300
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "…"
	}
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToLower(first)) + text[size:]
}
