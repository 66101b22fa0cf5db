package wiretest_test

import (
	"strings"
	"testing"

	"usher/gateway/wire/wiretest"
)

func TestAConversation(t *testing.T) {
	t.Parallel()
	const take, explain, odd = `{"id":"1","type":"seat.take"}`, `{"id":"1","type":"seat.explain"}`, `{"id":"1","type":"activity","data":{"idle":"yes"}}`
	const none, done = `{"id":"1","type":"ok","data":{"seat":{"state":"none"}}}`, `{"id":"1","type":"ok","data":{}}`
	for name, c := range map[string]struct {
		said  []string
		heard string
		wrong string // in the error; "": it is right
	}{
		"a push":                       {heard: `{"type":"token.expiring","data":{"in_ms":1}}`},
		"an unknown push":              {heard: `{"type":"gossip","data":{}}`, wrong: "does not have gossip here"},
		"a push that lacks something":  {heard: `{"type":"token.expiring","data":{}}`, wrong: "in_ms"},
		"a push with more":             {heard: `{"type":"token.expiring","data":{"in_ms":1,"why":""}}`, wrong: "why"},
		"a push that is no JSON":       {heard: `token`, wrong: "token"},
		"a reply as a push":            {heard: `{"type":"ok","data":{}}`, wrong: "does not have ok here"},
		"a reply":                      {said: []string{take}, heard: none},
		"a reply to something else":    {said: []string{explain}, heard: none, wrong: "ok.explain"},
		"a reply to one of two":        {said: []string{take, explain}, heard: none},
		"a push as a reply":            {said: []string{take}, heard: `{"id":"1","type":"token.expiring","data":{"in_ms":1}}`, wrong: "does not have token.expiring here"},
		"a reply to nothing":           {said: []string{`{"id":"2","type":"seat.take"}`}, heard: none, wrong: "answers nothing"},
		"an error":                     {said: []string{take}, heard: `{"id":"1","type":"error","data":{"code":"unavailable","message":"x","retryable":true}}`},
		"an error to nothing":          {heard: `{"id":"1","type":"error","data":{"code":"bad_request","message":"x","retryable":false}}`},
		"an error of an unknown code":  {heard: `{"id":"1","type":"error","data":{"code":"oops","message":"x","retryable":false}}`, wrong: "code"},
		"a taken request that is odd":  {said: []string{odd}, heard: done, wrong: "the server took it"},
		"a taken request that is none": {said: []string{`{"id":"1","type":"gossip"}`}, heard: done, wrong: "the server took it"},
	} {
		var talk wiretest.Conversation
		for _, s := range c.said {
			talk.Said([]byte(s))
		}
		err := talk.Heard([]byte(c.heard))
		if (err != nil) != (c.wrong != "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDocumentsThatCantBeRead(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no YAML":             "components: [",
		"no such schema":      "components: {messages: {a: {payload: {$ref: '#/components/schemas/a'}}}}",
		"a schema that fails": "components: {messages: {a: {payload: {$ref: '#/components/schemas/a'}}}, schemas: {a: {type: sofa}}}",
	} {
		if _, err := wiretest.Parse([]byte(text)); err == nil {
			t.Errorf("%s: read", name)
		}
	}
}
