package ldap

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hygie/directory/ldap/message"
)

// A RootDSE is what a server says of itself (MS-ADTS 3.1.1.3.2).
type RootDSE struct {
	DNSHostName     string
	DefaultContext  string   // the domain
	Configuration   string   // CN=Configuration,…
	Schema          string   // CN=Schema,CN=Configuration,…
	RootDomain      string   // the forest's first domain
	NamingContexts  []string // all partitions this server holds
	Controls        []string
	Mechanisms      []string // of SASL
	ActiveDirectory bool     // LDAP_CAP_ACTIVE_DIRECTORY_OID is announced
	Realm           string   // Kerberos realm, from ldapServiceName
	Time            time.Time
	DomainLevel     string // functional levels, as numbers
	ForestLevel     string
	ServerLevel     string
	ServerName      string // DN of the server object in the configuration
	Vendor          string // vendorName, vendorVersion where announced (Samba does not)
}

const capActiveDirectory = "1.2.840.113556.1.4.800" // MS-ADTS 3.1.1.3.4.3.1

var rootAttributes = []string{
	"dnsHostName", "defaultNamingContext", "configurationNamingContext", "schemaNamingContext", "rootDomainNamingContext",
	"namingContexts", "supportedControl", "supportedSASLMechanisms", "supportedCapabilities", "ldapServiceName", "currentTime",
	"domainFunctionality", "forestFunctionality", "domainControllerFunctionality", "serverName", "vendorName", "vendorVersion",
}

// readRoot reads the root entry; servers give it before any bind.
func (c *Client) readRoot(ctx context.Context) (RootDSE, error) {
	var root RootDSE
	found := false
	_, err := c.Search(ctx, Request{Scope: message.Base, Attributes: rootAttributes}, func(e *message.Entry) error {
		root, found = parseRoot(e), true
		return nil
	})
	if err != nil {
		return root, err
	}
	if !found || !root.ActiveDirectory || root.DefaultContext == "" {
		return root, &Fault{Reason: NotActiveDirectory, Server: c.wire.server, Doing: "read the root entry"}
	}
	return root, nil
}

func parseRoot(e *message.Entry) RootDSE {
	root := RootDSE{
		DNSHostName:     e.Text("dnsHostName"),
		DefaultContext:  e.Text("defaultNamingContext"),
		Configuration:   e.Text("configurationNamingContext"),
		Schema:          e.Text("schemaNamingContext"),
		RootDomain:      e.Text("rootDomainNamingContext"),
		NamingContexts:  e.Texts("namingContexts"),
		Controls:        e.Texts("supportedControl"),
		Mechanisms:      e.Texts("supportedSASLMechanisms"),
		ActiveDirectory: slices.Contains(e.Texts("supportedCapabilities"), capActiveDirectory),
		DomainLevel:     e.Text("domainFunctionality"),
		ForestLevel:     e.Text("forestFunctionality"),
		ServerLevel:     e.Text("domainControllerFunctionality"),
		ServerName:      e.Text("serverName"),
		Vendor:          strings.TrimSpace(e.Text("vendorName") + " " + e.Text("vendorVersion")),
	}
	// ldapServiceName is "domain:host$@REALM".
	if _, realm, ok := strings.Cut(e.Text("ldapServiceName"), "@"); ok {
		root.Realm = strings.ToUpper(realm)
	} else {
		root.Realm = strings.ToUpper(DNSName(root.DefaultContext))
	}
	if t, err := time.Parse("20060102150405.0Z", e.Text("currentTime")); err == nil {
		root.Time = t
	}
	return root
}

// DNSName returns the DNS name of a partition, "a.b" for "DC=a,DC=b", and "" for one that has none (RFC 2247).
func DNSName(dn string) string {
	var labels []string
	for part := range strings.SplitSeq(dn, ",") {
		kind, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if !strings.EqualFold(kind, "DC") {
			return ""
		}
		labels = append(labels, value)
	}
	return strings.Join(labels, ".")
}

// Supports says whether a control is announced.
func (r *RootDSE) Supports(oid string) bool { return slices.Contains(r.Controls, oid) }

// missing lists the controls without which a collection would be wrong rather than partial.
func (r *RootDSE) missing() error {
	for oid, what := range map[string]string{message.OIDPaging: "paged results", message.OIDSDFlags: "security descriptor flags"} {
		if !r.Supports(oid) {
			return fmt.Errorf("control %s (%s) is not supported", oid, what)
		}
	}
	return nil
}
