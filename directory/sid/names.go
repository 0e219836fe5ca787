package sid

// Identifier authorities (MS-DTYP 2.4.1.1).
const (
	authorityWorld   = 1
	authorityCreator = 3
	authorityNT      = 5
)

// Well-known SIDs (MS-DTYP 2.4.2.4) that rules name.
var (
	Null                     = New(0, 0)
	Everyone                 = New(authorityWorld, 0)
	CreatorOwner             = New(authorityCreator, 0)
	CreatorGroup             = New(authorityCreator, 1)
	OwnerRights              = New(authorityCreator, 4)
	Network                  = New(authorityNT, 2)
	Interactive              = New(authorityNT, 4)
	Service                  = New(authorityNT, 6)
	Anonymous                = New(authorityNT, 7)
	EnterpriseDCs            = New(authorityNT, 9)
	Self                     = New(authorityNT, 10)
	AuthenticatedUsers       = New(authorityNT, 11)
	ThisOrganization         = New(authorityNT, 15)
	LocalSystem              = New(authorityNT, 18)
	LocalService             = New(authorityNT, 19)
	NetworkService           = New(authorityNT, 20)
	Builtin                  = New(authorityNT, 32)
	Administrators           = New(authorityNT, 32, 544)
	Users                    = New(authorityNT, 32, 545)
	Guests                   = New(authorityNT, 32, 546)
	AccountOperators         = New(authorityNT, 32, 548)
	ServerOperators          = New(authorityNT, 32, 549)
	PrintOperators           = New(authorityNT, 32, 550)
	BackupOperators          = New(authorityNT, 32, 551)
	Replicators              = New(authorityNT, 32, 552)
	PreWindows2000Access     = New(authorityNT, 32, 554)
	IncomingForestTrust      = New(authorityNT, 32, 557)
	TerminalServerLicense    = New(authorityNT, 32, 561)
	WindowsAuthorizationList = New(authorityNT, 32, 560)
)

// Relative identifiers of a domain (MS-DTYP 2.4.2.4; MS-ADTS 6.1.1.6 for the protected groups).
const (
	RIDAdministrator           = 500
	RIDGuest                   = 501
	RIDKrbtgt                  = 502
	RIDEnterpriseReadOnlyDCs   = 498
	RIDDomainAdmins            = 512
	RIDDomainUsers             = 513
	RIDDomainGuests            = 514
	RIDDomainComputers         = 515
	RIDDomainControllers       = 516
	RIDCertPublishers          = 517
	RIDSchemaAdmins            = 518
	RIDEnterpriseAdmins        = 519
	RIDGroupPolicyCreators     = 520
	RIDReadOnlyDCs             = 521
	RIDCloneableDCs            = 522
	RIDProtectedUsers          = 525
	RIDKeyAdmins               = 526
	RIDEnterpriseKeyAdmins     = 527
	RIDRASServers              = 553
	RIDAllowedRODCReplication  = 571
	RIDDeniedRODCReplication   = 572
	RIDBuiltinAdministrators   = 544
	RIDBuiltinPreWindows2000   = 554
	RIDBuiltinAccountOperators = 548
	RIDBuiltinServerOperators  = 549
	RIDBuiltinPrintOperators   = 550
	RIDBuiltinBackupOperators  = 551
	RIDBuiltinReplicators      = 552
	RIDFirstOrdinaryAccount    = 1000
)

type name struct{ fr, en string }

// Name gives the usual name of a well-known SID in the language ("fr", else English), "" when s is not well known.
// An account of a domain is named by its relative identifier when that one is reserved (512: Domain Admins).
func (s SID) Name(lang string) string {
	var n name
	switch rid, ok := s.RID(); {
	case !ok:
		return ""
	case s.IsBuiltin():
		n = builtinName(rid)
	case s.IsAccount():
		n = domainName(rid)
	case s.count == 1:
		n = singleName(s.Authority(), rid)
	case s.count == 2 && s.Authority() == authorityNT && s.sub[0] == 64:
		n = packageName(rid)
	case s.count == 2 && s.Authority() == authorityNT && s.sub[0] == 65 && rid == 1:
		n = name{"Certificat de cette organisation", "This Organization Certificate"}
	case s.count == 2 && s.Authority() == authorityNT && s.sub[0] == 113:
		n = name{"Compte local", "Local account"}
	}
	if lang == "fr" {
		return n.fr
	}
	return n.en
}

func singleName(authority uint64, rid uint32) name {
	type key struct {
		authority uint64
		rid       uint32
	}
	switch (key{authority, rid}) {
	case key{0, 0}:
		return name{"Personne", "Nobody"}
	case key{authorityWorld, 0}:
		return name{"Tout le monde", "Everyone"}
	case key{2, 0}:
		return name{"LOCAL", "LOCAL"}
	case key{2, 1}:
		return name{"Ouverture de session de console", "Console Logon"}
	case key{authorityCreator, 0}:
		return name{"CREATEUR PROPRIETAIRE", "Creator Owner"}
	case key{authorityCreator, 1}:
		return name{"GROUPE CREATEUR", "Creator Group"}
	case key{authorityCreator, 2}:
		return name{"SERVEUR PROPRIETAIRE CREATEUR", "Creator Owner Server"}
	case key{authorityCreator, 3}:
		return name{"SERVEUR GROUPE CREATEUR", "Creator Group Server"}
	case key{authorityCreator, 4}:
		return name{"DROITS DU PROPRIETAIRE", "Owner Rights"}
	case key{18, 1}:
		return name{"Identité déclarée par une autorité d’authentification", "Authentication authority asserted identity"}
	case key{18, 2}:
		return name{"Identité déclarée par un service", "Service asserted identity"}
	}
	if authority == authorityNT {
		return ntName(rid)
	}
	return name{}
}

func ntName(rid uint32) name {
	switch rid {
	case 1:
		return name{"LIGNE", "Dialup"}
	case 2:
		return name{"RESEAU", "Network"}
	case 3:
		return name{"TACHE", "Batch"}
	case 4:
		return name{"INTERACTIF", "Interactive"}
	case 6:
		return name{"SERVICE", "Service"}
	case 7:
		return name{"ANONYMOUS LOGON", "Anonymous Logon"}
	case 8:
		return name{"PROXY", "Proxy"}
	case 9:
		return name{"ENTERPRISE DOMAIN CONTROLLERS", "Enterprise Domain Controllers"}
	case 10:
		return name{"SELF", "Self"}
	case 11:
		return name{"Utilisateurs authentifiés", "Authenticated Users"}
	case 12:
		return name{"RESTRICTED", "Restricted Code"}
	case 13:
		return name{"UTILISATEUR TERMINAL SERVER", "Terminal Server User"}
	case 14:
		return name{"CONNEXION INTERACTIVE A DISTANCE", "Remote Interactive Logon"}
	case 15:
		return name{"Cette organisation", "This Organization"}
	case 17:
		return name{"IUSR", "IUSR"}
	case 18:
		return name{"Système", "Local System"}
	case 19:
		return name{"SERVICE LOCAL", "Local Service"}
	case 20:
		return name{"SERVICE RÉSEAU", "Network Service"}
	case 33:
		return name{"Write Restricted", "Write Restricted"}
	case 113:
		return name{"Compte local", "Local account"}
	case 114:
		return name{"Compte local et membre du groupe Administrateurs", "Local account and member of Administrators group"}
	case 1000:
		return name{"Autre organisation", "Other Organization"}
	}
	return name{}
}

func packageName(rid uint32) name {
	switch rid {
	case 10:
		return name{"Authentification NTLM", "NTLM Authentication"}
	case 14:
		return name{"Authentification SChannel", "SChannel Authentication"}
	case 21:
		return name{"Authentification Digest", "Digest Authentication"}
	}
	return name{}
}

func builtinName(rid uint32) name {
	switch rid {
	case 544:
		return name{"Administrateurs", "Administrators"}
	case 545:
		return name{"Utilisateurs", "Users"}
	case 546:
		return name{"Invités", "Guests"}
	case 547:
		return name{"Utilisateurs avec pouvoir", "Power Users"}
	case 548:
		return name{"Opérateurs de compte", "Account Operators"}
	case 549:
		return name{"Opérateurs de serveur", "Server Operators"}
	case 550:
		return name{"Opérateurs d’impression", "Print Operators"}
	case 551:
		return name{"Opérateurs de sauvegarde", "Backup Operators"}
	case 552:
		return name{"Duplicateurs", "Replicator"}
	case 554:
		return name{"Accès compatible pré-Windows 2000", "Pre-Windows 2000 Compatible Access"}
	case 555:
		return name{"Utilisateurs du Bureau à distance", "Remote Desktop Users"}
	case 556:
		return name{"Opérateurs de configuration réseau", "Network Configuration Operators"}
	case 557:
		return name{"Générateurs d’approbations de forêt entrante", "Incoming Forest Trust Builders"}
	case 558:
		return name{"Utilisateurs de l’Analyseur de performances", "Performance Monitor Users"}
	case 559:
		return name{"Utilisateurs du journal de performances", "Performance Log Users"}
	case 560:
		return name{"Groupe d’accès d’autorisation Windows", "Windows Authorization Access Group"}
	case 561:
		return name{"Serveurs de licences des services Terminal Server", "Terminal Server License Servers"}
	case 562:
		return name{"Utilisateurs du modèle COM distribué", "Distributed COM Users"}
	case 568:
		return name{"IIS_IUSRS", "IIS_IUSRS"}
	case 569:
		return name{"Opérateurs de chiffrement", "Cryptographic Operators"}
	case 573:
		return name{"Lecteurs des journaux d’événements", "Event Log Readers"}
	case 574:
		return name{"Accès DCOM service de certificats", "Certificate Service DCOM Access"}
	case 575:
		return name{"Serveurs Accès Distant RDS", "RDS Remote Access Servers"}
	case 576:
		return name{"Serveurs RDS Endpoint", "RDS Endpoint Servers"}
	case 577:
		return name{"Serveurs Gestion RDS", "RDS Management Servers"}
	case 578:
		return name{"Administrateurs Hyper-V", "Hyper-V Administrators"}
	case 579:
		return name{"Opérateurs d’assistance de contrôle d’accès", "Access Control Assistance Operators"}
	case 580:
		return name{"Utilisateurs de gestion à distance", "Remote Management Users"}
	case 582:
		return name{"Administrateurs de réplica de stockage", "Storage Replica Administrators"}
	}
	return name{}
}

func domainName(rid uint32) name {
	switch rid {
	case RIDEnterpriseReadOnlyDCs:
		return name{"Contrôleurs de domaine d’entreprise en lecture seule", "Enterprise Read-only Domain Controllers"}
	case RIDAdministrator:
		return name{"Administrateur", "Administrator"}
	case RIDGuest:
		return name{"Invité", "Guest"}
	case RIDKrbtgt:
		return name{"krbtgt", "krbtgt"}
	case RIDDomainAdmins:
		return name{"Admins du domaine", "Domain Admins"}
	case RIDDomainUsers:
		return name{"Utilisateurs du domaine", "Domain Users"}
	case RIDDomainGuests:
		return name{"Invités du domaine", "Domain Guests"}
	case RIDDomainComputers:
		return name{"Ordinateurs du domaine", "Domain Computers"}
	case RIDDomainControllers:
		return name{"Contrôleurs de domaine", "Domain Controllers"}
	case RIDCertPublishers:
		return name{"Éditeurs de certificats", "Cert Publishers"}
	case RIDSchemaAdmins:
		return name{"Administrateurs du schéma", "Schema Admins"}
	case RIDEnterpriseAdmins:
		return name{"Administrateurs de l’entreprise", "Enterprise Admins"}
	case RIDGroupPolicyCreators:
		return name{"Propriétaires créateurs de la stratégie de groupe", "Group Policy Creator Owners"}
	case RIDReadOnlyDCs:
		return name{"Contrôleurs de domaine en lecture seule", "Read-only Domain Controllers"}
	case RIDCloneableDCs:
		return name{"Contrôleurs de domaine clonables", "Cloneable Domain Controllers"}
	case RIDProtectedUsers:
		return name{"Protected Users", "Protected Users"}
	case RIDKeyAdmins:
		return name{"Administrateurs clés", "Key Admins"}
	case RIDEnterpriseKeyAdmins:
		return name{"Administrateurs clés Enterprise", "Enterprise Key Admins"}
	case RIDRASServers:
		return name{"Serveurs RAS et IAS", "RAS and IAS Servers"}
	case RIDAllowedRODCReplication:
		return name{"Groupe de réplication dont le mot de passe RODC est autorisé", "Allowed RODC Password Replication Group"}
	case RIDDeniedRODCReplication:
		return name{"Groupe de réplication dont le mot de passe RODC est refusé", "Denied RODC Password Replication Group"}
	}
	return name{}
}
