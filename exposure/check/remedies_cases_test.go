package check_test

import (
	"cmp"
	"slices"
)

// Settings that many houses share.
const (
	nginxSecure = `listen %A:443 ssl;
server_name %N;
ssl_certificate %P/full.pem;
ssl_certificate_key %P/site.key;
root %D/www;`
	nginxModern = `ssl_protocols TLSv1.2 TLSv1.3;
ssl_ciphers ECDHE+AESGCM;`
	apacheSecure = `Listen %A:443
<VirtualHost *:443>
ServerName %N
SSLEngine on
SSLCertificateFile %P/full.pem
SSLCertificateKeyFile %P/site.key
DocumentRoot %D/www
<Directory %D/www>
Require all granted
</Directory>`
	apacheModern = `SSLProtocol -all +TLSv1.2 +TLSv1.3
SSLCipherSuite ECDHE+AESGCM`
	front = "<!doctype html><title>Accueil</title><p>Bonjour"
)

// folder is a published folder with a front page, and more.
func published(more ...string) map[string]string {
	files := map[string]string{"www/index.html": front}
	for i := 0; i+1 < len(more); i += 2 {
		files["www/"+more[i]] = more[i+1]
	}
	return files
}

// cures are the remedies that are tried on real servers.
func cures() []cure {
	return slices.Concat(nginxCures(), apacheCures(), haproxyCures(), otherCures())
}

func nginxCures() []cure {
	secure := func(id, product, before string, files map[string]string, adapt ...string) cure {
		return cure{check: id, product: product, server: "nginx", port: 443, setting: "server {\n" + nginxSecure + "\n" + before + "\n}", files: files, adapt: adapt}
	}
	tls := func(id, setting string) cure {
		return cure{check: id, product: "nginx", server: "nginx", port: 443, setting: setting + "\nserver {\n" + nginxSecure + "\n}", files: published()}
	}
	return []cure{
		{check: "WEB-01", product: "nginx", server: "nginx", port: 80, setting: "-server { listen %A:80; root %D/www; }\n+", files: published(),
			adapt: []string{"listen 80;", "listen %A:80;", "www.exemple.fr", "%N", "www.example.org", "%N"}},
		secure("WEB-02", "nginx", nginxModern+"\n+", published()),
		secure("WEB-03", "nginx", nginxModern+"\n+", published()),
		{check: "WEB-04", product: "nginx (relais)", server: "nginx", port: 443, setting: `server { listen unix:%D/behind; add_header Set-Cookie "PHPSESSID=invente; path=/"; root %D/www; }
server {
` + nginxSecure + `
location / {
proxy_pass http://unix:%D/behind:;
+
}
}`, files: published()},
		secure("WEB-05", "nginx", nginxModern+"\n+", published(".env", "APP_KEY=invente\nDB_PASSWORD=invente\n", ".git/HEAD", "ref: refs/heads/main\n",
			"backup.sql", "-- MySQL dump 10.13\nCREATE TABLE `a`", "wp-config.php~", "<?php define('DB_PASSWORD', 'invente');", "server.key", "-----BEGIN PRIVATE KEY-----\ninvente\n", "docker-compose.yml", "services:\n  a:\n", "web.config", "<connectionStrings>")),
		secure("WEB-06", "nginx", nginxModern+"\n-autoindex on;\n-location = /nginx_status { stub_status; }\n+", published("files/a", "a")),
		secure("WEB-07", "nginx", nginxModern+"\nlocation /phpmyadmin/ {\n+\n}", published("phpmyadmin/index.html", "<title>phpMyAdmin</title><input name=pma_password>")),
		{check: "WEB-08", product: "nginx", server: "nginx", port: 443, setting: "+map\nserver {\n" + nginxSecure + `
-add_header Access-Control-Allow-Origin $http_origin always;
add_header Access-Control-Allow-Credentials true always;
+
}`, files: published()},
		{check: "TLS-02", product: "nginx", server: "nginx", port: 443, setting: `server {
listen %A:443 ssl;
-ssl_certificate %D/site.pem;
+
ssl_certificate_key %P/site.key;
root %D/www;
}`, files: map[string]string{"www/index.html": front, "site.pem": "@site.pem", "intermediaire.pem": "@intermediate.pem", "intermediate.pem": "@intermediate.pem"},
			adapt: []string{"/etc/nginx/", "%D/"}},
		// On an address of several sites, the versions of the default one count.
		{check: "TLS-05", product: "nginx", server: "nginx", port: 443, setting: "ssl_ciphers ALL:@SECLEVEL=0;\n+\nserver {\nlisten %A:443 ssl;\nserver_name autre." + streetZone +
			";\nssl_certificate %P/full.pem;\nssl_certificate_key %P/site.key;\n-ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;\nroot %D/www;\n}\nserver {\n" + nginxSecure + "\n}", files: published()},
		tls("TLS-05", "ssl_ciphers ALL:@SECLEVEL=0;\n-ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;\n+"),
		tls("TLS-06", "-ssl_protocols TLSv1.2;\n+"),
		tls("TLS-07", "ssl_protocols TLSv1.2;\n-ssl_ciphers ALL:COMPLEMENTOFALL:@SECLEVEL=0;\n+"),
		tls("TLS-09", "-ssl_ciphers ALL:@SECLEVEL=0;\n+"),
		tls("TLS-10", "ssl_protocols TLSv1.2;\n-ssl_ciphers ECDHE-RSA-AES128-SHA256:@SECLEVEL=0;\n+"),
		tls("TLS-11", "ssl_protocols TLSv1.2 TLSv1.3;\n-ssl_early_data on;\n+"),
		secure("PRC-03", "nginx", nginxModern, published(), "/var/www/html", "%D/www"),
	}
}

func apacheCures() []cure {
	secure := func(id, product, before string, files map[string]string, adapt ...string) cure {
		return cure{check: id, product: product, server: "apache", port: 443, setting: apacheSecure + "\n" + before + "\n</VirtualHost>", files: files, adapt: adapt}
	}
	tls := func(id, setting string) cure { return secure(id, "Apache", setting, published()) }
	return []cure{
		{check: "WEB-01", product: "Apache", server: "apache", port: 80, setting: `Listen %A:80
<VirtualHost *:80>
-DocumentRoot %D/www
<Directory %D/www>
Require all granted
</Directory>
+
</VirtualHost>`, files: published(), adapt: []string{"www.exemple.fr", "%N", "www.example.org", "%N"}},
		secure("WEB-02", "Apache", apacheModern+"\n+", published()),
		secure("WEB-03", "Apache", apacheModern+"\n+", published()),
		{check: "WEB-04", product: "Apache (relais)", server: "apache", port: 443, setting: `Listen 127.0.0.1:8081
<VirtualHost 127.0.0.1:8081>
DocumentRoot %D/www
Header set Set-Cookie "PHPSESSID=invente; path=/"
</VirtualHost>
` + apacheSecure + `
ProxyPass / http://127.0.0.1:8081/
+
</VirtualHost>`, files: published()},
		secure("WEB-05", "Apache", apacheModern+"\n+", published(".env", "APP_KEY=invente\nDB_PASSWORD=invente\n", ".git/HEAD", "ref: refs/heads/main\n",
			"backup.sql", "-- MySQL dump 10.13\nCREATE TABLE `a`", "wp-config.php~", "<?php define('DB_PASSWORD', 'invente');", "server.key", "-----BEGIN PRIVATE KEY-----\ninvente\n", "docker-compose.yml", "services:\n  a:\n", "web.config", "<connectionStrings>")),
		secure("WEB-06", "Apache", apacheModern+"\n<Location /server-status>\nSetHandler server-status\n</Location>\n<Directory %D/www>\n-Options +Indexes\n+Options\n</Directory>\n+", published("files/a", "a")),
		secure("WEB-07", "Apache", apacheModern+"\n+", published("phpmyadmin/index.html", "<title>phpMyAdmin</title><input name=pma_password>"), "/admin", "/phpmyadmin"),
		secure("WEB-08", "Apache", "SetEnvIf Origin \"(.+)\" RECOPIE=$1\n-Header always set Access-Control-Allow-Origin %{RECOPIE}e env=RECOPIE\nHeader always set Access-Control-Allow-Credentials true\n+", published()),
		{check: "TLS-02", product: "Apache", server: "apache", port: 443, setting: `Listen %A:443
<VirtualHost *:443>
ServerName %N
SSLEngine on
-SSLCertificateFile %D/site.pem
+
SSLCertificateKeyFile %P/site.key
DocumentRoot %D/www
<Directory %D/www>
Require all granted
</Directory>
</VirtualHost>`, files: map[string]string{"www/index.html": front, "site.pem": "@site.pem", "intermediaire.pem": "@intermediate.pem", "intermediate.pem": "@intermediate.pem"},
			adapt: []string{"/etc/apache2/", "%D/"}},
		tls("TLS-05", "SSLCipherSuite ALL:@SECLEVEL=0\n-SSLProtocol all +TLSv1 +TLSv1.1\n+"),
		tls("TLS-06", "-SSLProtocol -all +TLSv1.2\n+"),
		tls("TLS-09", "-SSLCipherSuite ALL:@SECLEVEL=0\n+"),
		tls("TLS-10", "SSLProtocol -all +TLSv1.2\n-SSLCipherSuite ECDHE-RSA-AES128-SHA256:@SECLEVEL=0\n+"),
		{check: "TLS-11", product: "Apache", server: "apache", port: 443, setting: apacheSecure + "\n+\n</VirtualHost>", files: published(), taken: true},
		secure("PRC-03", "Apache", apacheModern+"\n+", published(), "/var/www/", "%D/"),
	}
}

func haproxyCures() []cure {
	// proxy stands before a server of its own: HAProxy that answers as an application would.
	proxy := func(id, product, global, bind, front, answer string, port int) cure {
		return cure{check: id, product: product, server: "haproxy", port: port, files: map[string]string{"page.html": "<!doctype html><title>Accueil</title>"},
			setting: global + `
defaults
  mode http
  timeout connect 5s
  timeout client 10s
  timeout server 10s
frontend public
  bind ` + bind + `
` + front + `
  default_backend application
backend application
  server local abns@application-%N
frontend application
  bind abns@application-%N
  http-request return status 200 content-type text/html file %D/page.html ` + cmp.Or(answer, "if { path / }") + `
  http-request return status 404 content-type text/html string absent
`}
	}
	secure := func(id, product, front, answer string, adapt ...string) cure {
		c := proxy(id, product, "", "%A:443 ssl crt %P/all.pem", front, answer, 443)
		c.adapt = adapt
		return c
	}
	tls := func(id, global string) cure {
		return proxy(id, "HAProxy", global, "%A:443 ssl crt %P/all.pem", "", "", 443)
	}
	return []cure{
		proxy("WEB-01", "HAProxy", "", "%A:80", "+", "", 80),
		secure("WEB-02", "HAProxy", "+", ""),
		secure("WEB-03", "HAProxy", "+", ""),
		secure("WEB-04", "HAProxy (relais)", "+", `hdr Set-Cookie "PHPSESSID=invente; path=/" if { path / }`),
		secure("WEB-08", "HAProxy", "+", `hdr Access-Control-Allow-Origin %[req.hdr(Origin)] hdr Access-Control-Allow-Credentials true if { path / }`),
		secure("WEB-05", "HAProxy", "+", `if { path / }
  http-request return status 200 content-type text/plain string "ref: refs/heads/main" if { path /.git/HEAD }
  http-request return status 200 content-type text/plain string "-----BEGIN PRIVATE KEY-----" if { path /server.key }
  http-request return status 200 content-type text/html file %D/page.html`),
		secure("WEB-06", "HAProxy", "+", `if { path / }
  http-request return status 200 content-type text/html string "<h1>Apache Server Status</h1>" if { path /server-status }
  http-request return status 200 content-type text/html file %D/page.html`),
		secure("WEB-07", "HAProxy", "+", `if { path / }
  http-request return status 200 content-type text/html string "<title>phpMyAdmin</title><input name=pma_password>" if { path /phpmyadmin/ }
  http-request return status 200 content-type text/html file %D/page.html`, "path_beg -i /admin", "path_beg -i /phpmyadmin"),
		{check: "PRC-03", product: "HAProxy", server: "haproxy", port: 443, setting: "defaults\n  mode http\n  timeout connect 5s\n  timeout client 10s\n  timeout server 10s\nfrontend public\n" +
			"  bind %A:443 ssl crt %P/all.pem\n+\n  http-request return status 200 content-type text/html file %D/page.html if { path / }\n  http-request return status 404\n",
			files: map[string]string{"page.html": "<!doctype html><title>Accueil</title>"}, adapt: []string{"/etc/haproxy/", "%D/"}},
		{check: "TLS-02", product: "HAProxy", server: "haproxy", port: 443, setting: "defaults\n  mode http\n  timeout connect 5s\n  timeout client 10s\n  timeout server 10s\nfrontend public\n" +
			"  bind %A:443 ssl crt %D/certs/site.pem\n  http-request return status 200 content-type text/html file %D/page.html\n+\n",
			files: map[string]string{"page.html": "<!doctype html><title>Accueil</title>", "certs/site.pem": "=alone.pem", "site.pem": "@site.pem", "intermediaire.pem": "@intermediate.pem",
				"intermediate.pem": "@intermediate.pem", "cle.pem": "@site.key", "key.pem": "@site.key"}, adapt: []string{"/etc/haproxy/", "%D/"}},
		{check: "TLS-01", product: "HAProxy", server: "haproxy", port: 443, setting: "defaults\n  mode http\n  timeout connect 5s\n  timeout client 10s\n  timeout server 10s\nfrontend public\n" +
			"  bind %A:443 ssl crt %D/certs/site.pem\n  http-request return status 200 content-type text/html file %D/page.html\n",
			files: map[string]string{"page.html": "<!doctype html><title>Accueil</title>", "certs/site.pem": "=expired-all.pem", "cert.pem": "@site.pem", "chaine.pem": "@intermediate.pem",
				"chain.pem": "@intermediate.pem", "cle.pem": "@site.key", "key.pem": "@site.key"}, adapt: []string{"/etc/haproxy/", "%D/"}},
		tls("TLS-05", "  ssl-default-bind-ciphers ALL:@SECLEVEL=0\n-  ssl-default-bind-options ssl-min-ver TLSv1.0\n+"),
		tls("TLS-07", "  ssl-default-bind-options ssl-max-ver TLSv1.2\n-  ssl-default-bind-ciphers ALL:COMPLEMENTOFALL:@SECLEVEL=0\n+"),
		tls("TLS-09", "-  ssl-default-bind-ciphers ALL:@SECLEVEL=0\n+"),
	}
}

// otherCures are those of servers that are not of the web.
func otherCures() []cure {
	keys := []string{"/etc/postfix/cle.pem", "%P/site.key", "/etc/postfix/key.pem", "%P/site.key", "/etc/postfix/chaine.pem", "%P/full.pem", "/etc/postfix/chain.pem", "%P/full.pem"}
	encrypted := "smtpd_tls_security_level = may\nsmtpd_tls_chain_files = %P/site.key, %P/full.pem\n"
	postfix := func(id, product, setting string, port int) cure {
		return cure{check: id, product: product, server: "postfix", port: port, setting: setting + "\n+", adapt: keys}
	}
	serves := map[string]string{"zone": "$TTL 300\n@ SOA ns hostmaster 1 3600 900 1209600 300\n@ NS %N.\nwww A 198.51.100.3\n"}
	bind := func(id, options, zone string, adapt ...string) cure {
		return cure{check: id, product: "bind", server: "bind", port: 53, files: serves, adapt: adapt,
			setting: options + "\n};\ncontrols { };\nzone \"%Z\" { type primary; file \"%D/zone\";\n" + zone + "\n};"}
	}
	closed := func(c cure) cure { c.closed = true; return c }
	taken := func(c cure) cure { c.taken = true; return c }
	imap := "ssl_cert = <%P/full.pem\nssl_key = <%P/site.key\n"
	return []cure{
		{check: "MEL-07", product: "Postfix", server: "postfix", port: 25, setting: "\n+", adapt: keys, brings: []string{"MEL-09", "TLS-05", "TLS-07", "TLS-09", "TLS-13"}},
		postfix("MEL-08", "Postfix", encrypted+"smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = cyrus\nsmtpd_sasl_security_options =", 25),
		postfix("MEL-09", "Postfix", encrypted+"smtpd_tls_protocols = >=TLSv1, <=TLSv1.1\nsmtpd_tls_ciphers = low\ntls_low_cipherlist = ALL:@SECLEVEL=0", 25),
		postfix("MEL-12", "Postfix", encrypted+"mynetworks = 0.0.0.0/0\nsmtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination", 25),
		postfix("MEL-13", "Postfix", encrypted+"disable_vrfy_command = no", 25),
		postfix("TLS-05", "Postfix (587, 465)", encrypted+"smtpd_tls_mandatory_protocols = >=TLSv1\nsmtpd_tls_mandatory_ciphers = low\ntls_low_cipherlist = ALL:@SECLEVEL=0", 587),
		postfix("TLS-09", "Postfix (587, 465)", encrypted+"smtpd_tls_mandatory_exclude_ciphers =", 587),
		postfix("MEL-10", "Postfix", "smtpd_tls_security_level = may\nsmtpd_tls_chain_files = %P/site.key, %P/site.pem", 25),
		{check: "TLS-02", product: "Postfix, Dovecot", server: "postfix", port: 587, setting: "-smtpd_tls_chain_files = %P/site.key, %P/site.pem\n+smtpd",
			adapt: append([]string{"/etc/postfix/complet.pem", "%P/full.pem", "/etc/postfix/full.pem", "%P/full.pem"}, keys...)},
		{check: "TLS-02", product: "Postfix, Dovecot", server: "dovecot", port: 143, setting: "-ssl_cert = <%P/site.pem\nssl_key = <%P/site.key\nssl = required\n+ssl",
			adapt: []string{"/etc/dovecot/complet.pem", "%P/full.pem", "/etc/dovecot/full.pem", "%P/full.pem"}},
		{check: "TLS-06", product: "Postfix, Dovecot", server: "postfix", port: 587, setting: encrypted + "smtpd_tls_mandatory_protocols = >=TLSv1.2, <=TLSv1.2\n+smtpd"},
		taken(cure{check: "TLS-11", product: "Postfix, Dovecot", server: "postfix", port: 587, setting: encrypted + "+"}),
		{check: "MEL-08", product: "Dovecot", server: "dovecot", port: 143, setting: imap + "-disable_plaintext_auth = no\n-ssl = yes\n+"},
		{check: "TLS-05", product: "Dovecot", server: "dovecot", port: 143, setting: imap + "ssl = required\nssl_cipher_list = ALL:@SECLEVEL=0\n-ssl_min_protocol = TLSv1\n+"},
		{check: "TLS-09", product: "Dovecot", server: "dovecot", port: 143, setting: imap + "ssl = required\n-ssl_cipher_list = ALL:@SECLEVEL=0\n+"},
		bind("DNS-01", "-allow-transfer { any; };\nrecursion no;\n+", ""),
		bind("DNS-02", "allow-transfer { none; };\n-recursion yes;\n-allow-recursion { any; };\nforward only;\nforwarders { "+resolverAddress+"; };\n+", ""),
		taken(cure{check: "DNS-03", product: "bind (9.16 et suivants)", server: "bind", port: 53, files: serves,
			setting: "recursion no;\n};\ncontrols { };\nzone \"%Z\" { type primary; file \"%D/zone\";\n+\n};"}),
		taken(cure{check: "DNS-06", product: "bind", server: "bind", port: 53, files: serves,
			setting: "recursion no;\n+also-notify\n};\ncontrols { };\n+zone", adapt: []string{`{{zone}}.db`, "%D/second.db"}}),
		taken(bind("SVC-08", "recursion yes;\n+", "")),
		taken(cure{check: "DNS-05", product: "bind", server: "bind", port: 53, files: serves,
			setting: "recursion no;\n};\n+dnssec-policy ecdsa {\ncontrols { };\nzone \"%Z\" { type primary; file \"%D/zone\";\n+\n};"}),
		{check: "ADM-04", product: "OpenSSH", server: "sshd", port: 22, setting: `-KexAlgorithms +diffie-hellman-group1-sha1,diffie-hellman-group14-sha1
-Ciphers +aes128-cbc,3des-cbc
-MACs +hmac-md5
-HostKeyAlgorithms +ssh-rsa
-PasswordAuthentication yes
+`},
		{check: "SVC-04", product: "vsftpd", server: "vsftpd", port: 21, setting: "-anonymous_enable=YES\nanon_root=%D/empty\n+", brings: []string{"TLS-13"},
			adapt: []string{"/etc/ssl/certs/ftp.pem", "%P/full.pem", "/etc/ssl/private/ftp.key", "%P/site.key"}},
		{check: "SVC-07", product: "Mosquitto", server: "mosquitto", port: 1883, setting: "-allow_anonymous true\n+",
			adapt: []string{"mosquitto_passwd -c", "mosquitto_passwd -b -c", "/etc/mosquitto/", "%D/", "passwd objet", "passwd objet invente", "passwd device", "passwd device invente"}},
		closed(cure{check: "SVC-01", product: "Redis", server: "redis", port: 6379, setting: "-bind %A\n-protected-mode no\n+"}),
		{check: "ADM-05", product: "OpenLDAP", server: "slapd", port: 389, left: "major", adapt: []string{"ldapi:///", "ldapi://%L"}},
		closed(cure{check: "SVC-10", product: "rsync", server: "rsync", port: 873, setting: "-address = %A\n+address\n[partage]\npath = %D/share\n+",
			adapt: []string{"10.0.0.5", "127.0.0.1", "/etc/rsyncd.secrets", "%D/secrets"}}),
	}
}
