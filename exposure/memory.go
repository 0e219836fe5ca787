package exposure

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// Memory keeps what an audit learnt, one part at a time, so that a killed audit goes on. It may be used by many goroutines at once.
type Memory interface {
	Recall(key string) (json.RawMessage, bool)
	Keep(key string, value json.RawMessage) error
}

// FileMemory is a memory in a file of lines, each a key and a value. A line that was being written when the program was killed is
// forgotten.
type FileMemory struct {
	mu    sync.Mutex
	file  *os.File
	known map[string]json.RawMessage
}

// maxMemory bounds a file that is read back.
const maxMemory = 1 << 30

type memoryLine struct {
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value"`
}

// OpenMemory opens or creates a memory file, readable by its owner alone.
func OpenMemory(path string) (*FileMemory, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	m := &FileMemory{file: file, known: map[string]json.RawMessage{}}
	whole, err := m.load()
	if err == nil {
		err = file.Truncate(whole)
	}
	if err == nil {
		_, err = file.Seek(whole, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open memory %s: %w", path, err), file.Close())
	}
	return m, nil
}

// load reads the lines and gives the length of those that are whole.
func (m *FileMemory) load() (int64, error) {
	in := bufio.NewReaderSize(io.LimitReader(m.file, maxMemory), 1<<16)
	var whole int64
	for number := 1; ; number++ {
		raw, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return whole, nil
		}
		if err != nil {
			return 0, err
		}
		var line memoryLine
		if err := json.Unmarshal(raw, &line); err != nil || line.Key == "" {
			return 0, fmt.Errorf("line %d is not of a memory", number)
		}
		m.known[line.Key] = line.Value
		whole += int64(len(raw))
	}
}

// Recall gives what was kept under a key.
func (m *FileMemory) Recall(key string) (json.RawMessage, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.known[key]
	return v, ok
}

// Keep writes a value; it is in the file when Keep returns.
func (m *FileMemory) Keep(key string, value json.RawMessage) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(memoryLine{key, value}); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.known[key] = value
	_, err := m.file.Write(b.Bytes())
	return err
}

// Close closes the file.
func (m *FileMemory) Close() error { return m.file.Close() }
