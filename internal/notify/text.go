package notify

import (
	"bytes"
	"embed"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"path"
	"strings"
	"text/template"

	"usher/internal/outbox"
)

// Each kind of message has two files: kind.txt, whose first line is the subject, and kind.html, which is put into layout.html.
//
//go:embed texts
var files embed.FS

// Texts are the texts of messages.
type Texts struct {
	plain map[string]*template.Template
	html  map[string]*htmltemplate.Template
	base  string // URL of this deployment, without a slash at its end
}

// content is what templates are given.
type content struct {
	Fields  map[string]string
	Token   string // "": the message has none
	Base    string
	Subject string
}

// NewTexts reads the texts. publicURL is where people reach this deployment, for the links in them.
func NewTexts(publicURL string) (*Texts, error) {
	t := &Texts{plain: map[string]*template.Template{}, html: map[string]*htmltemplate.Template{}, base: strings.TrimSuffix(publicURL, "/")}
	names, err := fs.Glob(files, "texts/*.txt")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		kind := strings.TrimSuffix(path.Base(name), ".txt")
		if t.plain[kind], err = template.New(path.Base(name)).Option("missingkey=error").ParseFS(files, name); err != nil {
			return nil, err
		}
		t.html[kind], err = htmltemplate.New("layout.html").Option("missingkey=error").ParseFS(files, "texts/layout.html", "texts/"+kind+".html")
		if err != nil {
			return nil, err
		}
	}
	return t, nil
}

// render puts a message together. Errors: there is no such kind, or it lacks what its text names.
func (t *Texts) render(m outbox.Claimed, token string) (Mail, error) {
	plain, html := t.plain[m.Kind], t.html[m.Kind]
	if plain == nil {
		return Mail{}, fmt.Errorf("there is no text for messages of the kind %q", m.Kind)
	}
	c := content{Fields: m.Fields, Token: token, Base: t.base}
	if c.Fields == nil {
		c.Fields = map[string]string{}
	}
	var text, page bytes.Buffer
	if err := plain.Execute(&text, c); err != nil {
		return Mail{}, err
	}
	subject, body, _ := strings.Cut(text.String(), "\n")
	c.Subject = strings.Join(strings.Fields(subject), " ") // one line, whatever stands in the fields
	if err := html.Execute(&page, c); err != nil {
		return Mail{}, err
	}
	return Mail{ID: m.ID, To: m.To, Subject: c.Subject, Text: strings.TrimLeft(body, "\n"), HTML: page.String(), Date: m.Created}, nil
}
