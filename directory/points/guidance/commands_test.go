package guidance

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"
)

// changing matches what modifies the directory or a machine. The list is of
// verbs and options, so that a new command falls under it by its verb.
var changing = regexp.MustCompile(`(?i)(^|[;{|(] *)(Set-(AD|GP|Acl|Service|ItemProperty|Dns|Dhcp)|Add-(AD|Kds|CA)|New-AD|Remove-(AD|CA|GP)|` +
	`Restore-(AD|GPO)|Disable-AD|Enable-AD|Move-AD|Grant-AD|Reset-|Install-|Uninstall-|Stop-|Start-|Restart-|` +
	`wevtutil sl|ntdsutil|gpupdate|setspn -[DSAR]\b|dfsrmig /setglobalstate|repadmin /syncall|netdom resetpwd|certutil -(viewdelstore|dspublish))|` +
	`dsacls .*/[GRD]\b|netdom trust .*(:(yes|no)\b|/reset\b|/remove\b)|icacls .*/grant|/FixMachineAccount|adprep\.exe|runProtectAdminGroupsTask`)

// writesFile is the one Set- cmdlet allowed among the reading commands: it
// keeps the present state in a local file.
var writesFile = regexp.MustCompile(`Set-Content \.\\`)

func TestReadingComesBeforeChanging(t *testing.T) {
	each(t, func(t *testing.T, lang string, text Text) {
		if text.Commands[0] != ReadMark(lang) {
			t.Errorf("the first line is %q, want %q", text.Commands[0], ReadMark(lang))
		}
		marks := 0
		for _, line := range text.Commands {
			if line == ReadMark(lang) || line == ChangeMark(lang) {
				marks++
			}
		}
		if marks != 2 {
			t.Errorf("%d marks, want one for reading and one for changing", marks)
		}
		read, change := text.SplitCommands()
		if len(read) == 0 || len(change) == 0 {
			t.Errorf("%d reading and %d changing commands", len(read), len(change))
		}
		if len(read)+len(change)+2 != len(text.Commands) {
			t.Errorf("SplitCommands lost a line")
		}
		for _, line := range read {
			if changing.MatchString(line) {
				t.Errorf("announced as reading but changes: %s", line)
			}
		}
		if !slices.ContainsFunc(change, func(line string) bool {
			return changing.MatchString(line) || strings.HasPrefix(line, "# GPO")
		}) {
			t.Errorf("nothing changes after the mark: %q", change)
		}
	})
}

// TestChangingIsRecognised proves that the net of the previous test has no
// hole for the verbs in use, and that it lets reading commands through.
func TestChangingIsRecognised(t *testing.T) {
	for line, want := range map[string]bool{
		"Get-ADUser -Identity krbtgt":                            false,
		"Set-ADUser -Identity x":                                 true,
		"$a = 1; Set-Acl x $a":                                   true,
		"Get-ADUser x | Set-ADUser -PasswordNeverExpires $false": true,
		"netdom trust a /domain:b /quarantine":                   false,
		"netdom trust a /domain:b /quarantine:yes":               true,
		"dsacls 'CN=x'":                                          false,
		"dsacls 'CN=x' /G 'D\\g:GR'":                             true,
		"dfsrmig /getglobalstate":                                false,
		"dfsrmig /setglobalstate 1":                              true,
		"setspn -L x":                                            false,
		"setspn -D a x":                                          true,
		"certutil -viewstore \"ldap:///x\"":                      false,
		"repadmin /replsummary":                                  false,
		"(Get-Acl x).Sddl | Set-Content .\\a":                    false,
		"icacls 'x' /findsid S-1-5-7":                            false,
		"x:\\support\\adprep\\adprep.exe /forestprep":            true,
	} {
		if got := changing.MatchString(line); got != want {
			t.Errorf("changing(%s) = %t, want %t", line, got, want)
		}
	}
}

func TestCommandsAreWellFormed(t *testing.T) {
	pairs := map[rune]rune{')': '(', ']': '[', '}': '{'}
	each(t, func(t *testing.T, lang string, text Text) {
		for _, line := range text.Commands {
			if IsRemark(line) {
				continue
			}
			if strings.ContainsAny(line, "\n\t\u00a0«»“”") || strings.Contains(line, "…") {
				t.Errorf("a character that cannot be typed: %q", line)
			}
			if lang == "en" && strings.ContainsAny(line, "éèêàçùîô’") {
				t.Errorf("French left in: %s", line)
			}
			if !balanced(line, pairs) {
				t.Errorf("quotes or brackets do not close: %s", line)
			}
		}
	})
}

// balanced follows the quoting of PowerShell closely enough for one line:
// nothing counts inside single quotes; inside double quotes, and outside,
// brackets must close in order. Words between < and > are skipped.
func balanced(line string, pairs map[rune]rune) bool {
	line = regexp.MustCompile(`<[^<>=]*[[:alpha:]][^<>]*>`).ReplaceAllString(line, "x")
	var stack []rune
	quote := rune(0)
	for _, r := range line {
		switch {
		case quote == '\'':
			if r == '\'' {
				quote = 0
			}
		case r == '"':
			// A sub-expression inside a string may hold strings of its own.
			if len(stack) > 0 && stack[len(stack)-1] == '"' {
				stack = stack[:len(stack)-1]
			} else {
				stack = append(stack, '"')
			}
		case r == '\'' && (len(stack) == 0 || stack[len(stack)-1] != '"'):
			quote = '\''
		case r == '(' || r == '[' || r == '{':
			stack = append(stack, r)
		case pairs[r] != 0:
			if len(stack) == 0 || stack[len(stack)-1] != pairs[r] {
				return false
			}
			stack = stack[:len(stack)-1]
		}
	}
	return quote == 0 && len(stack) == 0
}

// TestNoSecretIsShown refuses a password typed on the line or printed: a new
// one is asked without echo, made at random, or prompted for by the tool.
func TestNoSecretIsShown(t *testing.T) {
	allowed := []string{"(Read-Host -AsSecureString)", "[guid]::NewGuid()"}
	each(t, func(t *testing.T, lang string, text Text) {
		for _, line := range slices.Concat(text.Commands, text.Rollback, text.Check) {
			if strings.Contains(line, "-NewPassword") && !slices.ContainsFunc(allowed, func(s string) bool { return strings.Contains(line, s) }) {
				t.Errorf("a password on the line: %s", line)
			}
			for _, option := range regexp.MustCompile(`(?i)/password[dto]:(\S+)`).FindAllStringSubmatch(line, -1) {
				if option[1] != "*" {
					t.Errorf("a password on the line: %s", line)
				}
			}
			for _, secret := range []string{"ms-Mcs-AdmPwd", "msLAPS-Password", "msDS-ManagedPassword'", "Get-LapsADPassword", "unicodePwd"} {
				if strings.Contains(line, secret) {
					t.Errorf("reads a secret: %s", line)
				}
			}
		}
	})
}

// TestGroupsAreAddressedBySID refuses names of groups that depend on the
// language of Windows in commands.
func TestGroupsAreAddressedBySID(t *testing.T) {
	names := []string{"Domain Admins", "Admins du domaine", "Enterprise Admins", "Administrators", "Administrateurs", "Protected Users", "Domain Users", "Utilisa. du domaine"}
	each(t, func(t *testing.T, lang string, text Text) {
		for _, line := range text.Commands {
			if IsRemark(line) {
				continue
			}
			for _, name := range names {
				if strings.Contains(line, name) {
					t.Errorf("group named in a language: %s", line)
				}
			}
		}
	})
}

func TestBackupFilesAreNamedAlike(t *testing.T) {
	each(t, func(t *testing.T, lang string, text Text) {
		lines := strings.Join(text.Commands, "\n")
		for _, line := range text.Rollback {
			for _, name := range regexp.MustCompile(`\.\\([\w-]+\.(?:txt|csv))`).FindAllString(line, -1) {
				if !strings.Contains(lines, name) {
					t.Errorf("the way back reads %s, which no command writes", name)
				}
			}
		}
		if strings.Contains(lines, "acl-") && !writesFile.MatchString(lines) {
			t.Errorf("the descriptor is not saved before the change")
		}
	})
}

// TestDSHeuristicsValue reads the value proposed for the whole forest, position
// by position (MS-ADTS 6.1.1.2.4.1.2), because a slip there weakens it instead.
func TestDSHeuristicsValue(t *testing.T) {
	for _, lang := range Languages() {
		c, err := Load(lang)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := c.Point("vuln_dsheuristics_bad")
		found := regexp.MustCompile(`dSHeuristics='(\d+)'`).FindStringSubmatch(strings.Join(text.Commands, "\n"))
		if found == nil {
			t.Fatalf("%s: no value is proposed", lang)
		}
		want := map[int]byte{10: '1', 20: '2', 28: '1', 29: '1', 30: '3'}
		if len(found[1]) != 31 {
			t.Fatalf("%s: %d positions, want 31", lang, len(found[1]))
		}
		for i := range found[1] {
			digit := byte('0')
			if w, ok := want[i+1]; ok {
				digit = w
			}
			if found[1][i] != digit {
				t.Errorf("%s: position %d is %c, want %c", lang, i+1, found[1][i], digit)
			}
		}
	}
}

// TestLDAPFiltersCompile gives every search filter to a parser of RFC 4515.
func TestLDAPFiltersCompile(t *testing.T) {
	filter := regexp.MustCompile(`-LDAPFilter (?:"([^"]+)"|'([^']+)')`)
	seen := 0
	each(t, func(t *testing.T, lang string, text Text) {
		for _, line := range text.Commands {
			for _, found := range filter.FindAllStringSubmatch(line, -1) {
				seen++
				if _, err := ldap.CompileFilter(found[1] + found[2]); err != nil {
					t.Errorf("%s: %v", line, err)
				}
			}
			if n := strings.Count(line, "-LDAPFilter"); n != len(filter.FindAllString(line, -1)) {
				t.Errorf("a filter is not quoted: %s", line)
			}
		}
	})
	if seen < 50 {
		t.Errorf("only %d filters found", seen)
	}
}
