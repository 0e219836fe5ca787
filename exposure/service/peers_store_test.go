package service

import "testing"

// storePeers are databases, caches and brokers.
func storePeers() map[string]peer {
	postgres := func(method string, state State) peer {
		return peer{program: "postgres", expected: "postgresql", user: "postgres", before: [][]string{
			{"sh", "-c", "runuser -u postgres -- $(ls -d /usr/lib/postgresql/*/bin | tail -n 1)/initdb -A trust -D DIR/db"},
			{"sh", "-c", "printf 'host all all 127.0.0.1/32 " + method + "\\n' >DIR/db/pg_hba.conf"}},
			argv: []string{"-D", "DIR/db", "-p", "PORT", "-k", "DIR", "-h", "127.0.0.1"}, check: func(t *testing.T, f Facts) {
				isProduct(t, f, "postgresql", "PostgreSQL")
				want(t, "without a proof", f.Stranger, state)
			}}
	}
	return map[string]peer{
		"redis-open": {program: "redis-server", expected: "redis", argv: []string{"--bind", "127.0.0.1", "--port", "PORT", "--dir", "DIR", "--save", "", "--protected-mode", "no"}, check: func(t *testing.T, f Facts) {
			isProduct(t, f, "redis", "Redis")
			want(t, "without a password", f.Stranger, Yes)
		}},
		"redis-password": {program: "redis-server", expected: "redis", argv: []string{"--bind", "127.0.0.1", "--port", "PORT", "--dir", "DIR", "--save", "", "--requirepass", "x"},
			check: func(t *testing.T, f Facts) { want(t, "without a password", f.Stranger, No) }},
		"redis-elsewhere": {program: "redis-server", argv: []string{"--bind", "127.0.0.1", "--port", "PORT", "--dir", "DIR", "--save", ""}, noRecord: true,
			check: func(t *testing.T, f Facts) { isProduct(t, f, "redis", "Redis") }}, // on a port that says nothing
		"memcached": {program: "memcached", expected: "memcached", argv: []string{"-u", "nobody", "-l", "127.0.0.1", "-p", "PORT", "-U", "0"}, check: func(t *testing.T, f Facts) {
			isProduct(t, f, "memcached", "memcached")
			want(t, "without a password", f.Stranger, Yes)
		}},
		"memcached-udp": {program: "memcached", transport: "udp", expected: "memcached", argv: []string{"-u", "nobody", "-l", "127.0.0.1", "-p", "0", "-U", "PORT"}, check: func(t *testing.T, f Facts) {
			isProduct(t, f, "memcached", "memcached")
			if len(f.Amplifies) != 1 || f.Amplifies[0].Received == 0 {
				t.Errorf("amplification %v", f.Amplifies)
			}
		}},
		"postgres-trust": postgres("trust", Yes),
		"postgres-scram": postgres("scram-sha-256", No),
		"mariadb": {program: "mariadbd", expected: "mysql", before: [][]string{{"mkdir", "DIR/db"}},
			argv: []string{"--no-defaults", "--user=root", "--datadir=DIR/db", "--socket=DIR/s", "--port=PORT", "--bind-address=127.0.0.1", "--skip-name-resolve", "--skip-grant-tables"}, check: func(t *testing.T, f Facts) {
				isProduct(t, f, "mysql", "MariaDB")
				want(t, "without a password", f.Stranger, Unknown)
			}},
		"etcd": {program: "etcd", expected: "etcd", argv: []string{"--data-dir", "DIR/db", "--listen-client-urls", "http://127.0.0.1:PORT", "--advertise-client-urls", "http://127.0.0.1:PORT", "--listen-peer-urls", "http://127.0.0.1:0"},
			check: func(t *testing.T, f Facts) {
				isProduct(t, f, "etcd", "etcd")
				want(t, "without an account", f.Stranger, Yes)
			}},
		"mqtt-open": {program: "mosquitto", expected: "mqtt", files: map[string]string{"conf": "listener PORT 127.0.0.1\nallow_anonymous true\n"}, argv: []string{"-c", "DIR/conf"}, check: func(t *testing.T, f Facts) {
			want(t, "anonymous", f.Stranger, Yes)
		}},
		"mqtt-closed": {program: "mosquitto", expected: "mqtt", files: map[string]string{"conf": "listener PORT 127.0.0.1\nallow_anonymous false\n"}, argv: []string{"-c", "DIR/conf"},
			check: func(t *testing.T, f Facts) { want(t, "anonymous", f.Stranger, No) }},
	}
}
