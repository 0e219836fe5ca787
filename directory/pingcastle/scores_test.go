package pingcastle_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"hygie/directory/pingcastle"
)

// scored is a report with its scores.
func scored(more string) string {
	return strings.Replace(sample("A-Krbtgt"), "<RiskRules>", more+"<RiskRules>", 1)
}

const figures = "<GlobalScore>75</GlobalScore><StaleObjectsScore>31</StaleObjectsScore><PrivilegiedGroupScore>75</PrivilegiedGroupScore><TrustScore>0</TrustScore><AnomalyScore>60</AnomalyScore><MaturityLevel>2</MaturityLevel>"

func TestScores(t *testing.T) {
	got, err := pingcastle.ReadScores(strings.NewReader(scored(figures)), pingcastle.Options{Name: "x.xml"})
	want := pingcastle.Scores{Domain: "clinique.test", At: got.At, Global: 75, Stale: 31, Privileged: 75, Trusts: 0, Anomalies: 60, Maturity: 2}
	if err != nil || got != want || !got.At.Equal(time.Date(2026, 2, 27, 21, 15, 0, 123456700, time.UTC)) {
		t.Errorf("%+v (%v)", got, err)
	}
	for name, file := range map[string]string{
		"no score": scored(""), "beyond": scored("<GlobalScore>101</GlobalScore>"), "words": scored("<GlobalScore>bad</GlobalScore>"), "cut": scored(figures)[:400],
		"another": "<a/>", "no domain": strings.Replace(scored(figures), "<DomainFQDN>Clinique.Test</DomainFQDN>", "", 1),
		"no date": strings.Replace(scored(figures), "2026-02-27T", "hier", 1), "no maturity": scored("<GlobalScore>1</GlobalScore><MaturityLevel>9</MaturityLevel>"),
	} {
		if _, err := pingcastle.ReadScores(strings.NewReader(file), pingcastle.Options{Name: name}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := pingcastle.ReadScores(strings.NewReader("<EncryptedData/>"), pingcastle.Options{}); !errors.Is(err, pingcastle.ErrEncrypted) {
		t.Errorf("encrypted: %v", err)
	}
	if _, err := pingcastle.ReadScores(strings.NewReader(scored(figures)), pingcastle.Options{Bytes: 100}); err == nil {
		t.Error("longer than allowed")
	}
}

func FuzzScores(f *testing.F) {
	f.Add([]byte(scored(figures)))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := pingcastle.ReadScores(strings.NewReader(string(data)), pingcastle.Options{Bytes: 1 << 20})
		if err == nil && (s.Domain == "" || s.Global < 0 || s.Global > 100 || s.Maturity > 5) {
			t.Errorf("%+v", s)
		}
	})
}
