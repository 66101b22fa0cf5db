package admin

import (
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"usher/internal/directory"
)

// list is a list of which callers get pages, or all as a file: things T, shown as S.
type list[T, S any] struct {
	name, license string
	show          func(T) S
	columns       []column[S]
	cursor        func(T) string
	after         func(T) // has read go on after this one
	read          func(ctx context.Context, limit int) ([]T, error)
}

// column is one of a file of comma-separated values.
type column[S any] struct {
	name string
	text func(S) string
}

func (l *list[T, S]) page(ctx context.Context, limit int) (items []S, next *string, err error) {
	limit = cmp.Or(limit, directory.DefaultPage)
	found, err := l.read(ctx, limit+1)
	if err != nil {
		return nil, nil, err
	}
	if len(found) > limit {
		found = found[:limit]
		next = nextCursor(encodeCursor(l.cursor(found[limit-1])))
	}
	return shownAll(found, l.show), next, nil
}

const (
	// exportPage is how much of a file is read and sent at once.
	exportPage = 1000
	// exportWait is how long a caller may take to receive that much.
	exportWait = 30 * time.Second
)

// file is an answer that is sent as it is read, so that it may be of any length.
type file struct {
	name string
	csv  bool
	send func(w http.ResponseWriter) error
}

// exported tells whether a format is one of files.
func exported(f ListFormat) bool { return f == Csv || f == Jsonl }

// export is all of the list. What fails at the beginning is an error; later on, the connection is all that is left to say it with.
func (l *list[T, S]) export(ctx context.Context, format ListFormat) (file, error) {
	found, err := l.read(ctx, exportPage)
	if err != nil {
		return file{}, err
	}
	return file{name: l.name + "-" + l.license + "." + string(format), csv: format == Csv, send: func(w http.ResponseWriter) error {
		write := l.lines(w, format)
		for {
			// Where connections have no deadlines there is none to put off.
			_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(exportWait))
			if err := write(shownAll(found, l.show)); err != nil {
				return err
			}
			if len(found) < exportPage {
				return nil
			}
			l.after(found[len(found)-1])
			if found, err = l.read(ctx, exportPage); err != nil {
				return err
			}
		}
	}}, nil
}

// lines writes things in a format, a line each.
func (l *list[T, S]) lines(w http.ResponseWriter, format ListFormat) func([]S) error {
	if format == Jsonl {
		e := json.NewEncoder(w)
		return func(items []S) error {
			for i := range items {
				if err := e.Encode(items[i]); err != nil {
					return err
				}
			}
			return nil
		}
	}
	c := csv.NewWriter(w)
	c.UseCRLF = true
	line := make([]string, len(l.columns))
	for i := range l.columns {
		line[i] = l.columns[i].name
	}
	_ = c.Write(line) // whether it failed, Flush tells
	return func(items []S) error {
		for _, s := range items {
			for i := range l.columns {
				line[i] = noFormula(l.columns[i].text(s))
			}
			_ = c.Write(line)
		}
		c.Flush()
		return c.Error()
	}
}

// noFormula keeps a spreadsheet from computing what teammates put into their names and messages.
func noFormula(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

// asText is a moment as RFC 3339 has it, or "" for none.
func asText(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

func (f file) stream(w http.ResponseWriter) error {
	h := w.Header()
	h.Set("Content-Type", "application/jsonl")
	if f.csv {
		h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
	}
	h.Set("Content-Disposition", `attachment; filename="`+f.name+`"`)
	w.WriteHeader(http.StatusOK)
	if err := f.send(w); err != nil {
		panic(http.ErrAbortHandler) // so that what was sent can't be taken for all
	}
	return nil
}

// VisitListStaysResponse implements [ListStaysResponseObject].
func (f file) VisitListStaysResponse(w http.ResponseWriter) error { return f.stream(w) }

// VisitListWaitsResponse implements [ListWaitsResponseObject].
func (f file) VisitListWaitsResponse(w http.ResponseWriter) error { return f.stream(w) }

// VisitListRefusalsResponse implements [ListRefusalsResponseObject].
func (f file) VisitListRefusalsResponse(w http.ResponseWriter) error { return f.stream(w) }
