"""Secrets as they are met, and what only looks like one: for the process and for the collector.

Every secret here is made up. Each row of `SECRETS` is a text, and the part of it that must not
leave; a text of `HARMLESS` leaves as it is.
"""

from collections.abc import Iterator

# Cut in two, so that no scanner of repositories takes them for real.
AWS = "AKIA" + "IOSFODNN7EXAMPLE"
GITHUB = "ghp" + "_abcdefghijklmnopqrstuvwxyz0123456789"
STRIPE, SLACK = "sk" + "_live_4eC39HqLyjWDarjtT1zdp7dc", "xoxb" + "-123456789012-abcdefGH"
JWT = "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"
PEM = (
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA75hh\nq1w2e3r4\n-----END RSA PRIVATE KEY-----"
)

_WRITTEN = {  # how a name and its value may stand in a text
    "{}={}", "{} = '{}'", '"{}": "{}"', "'{}': '{}'", '{{\\"{}\\": \\"{}\\"}}',
    '"{}":"{}","next":1',
    "x?size=3&{}={}&colour=red", "headers['{}'] = '{}'", "User(name='ada', {}='{}')",
    "('{}', '{}')",
}  # fmt: skip
_NAMED = ("password", "DB_PASSWORD", "api_key", "clientSecret", "access_token", "Authorization")


def _written() -> Iterator[tuple[str, str]]:
    for form in sorted(_WRITTEN):
        for name in _NAMED:
            yield form.format(name, "zX81-qqtv"), "zX81-qqtv"


SECRETS = (
    # user and password in a URL
    ("cannot reach amqp://guest:p4wn3d@mq:5672/", "p4wn3d"),
    ("redis://:p4wn3d@cache/0", "p4wn3d"),
    ("git clone https://x0TOKEN0x@host/r.git failed", "x0TOKEN0x"),
    ("postgresql+psycopg://lab:p4wn3d@db:5432/lab", "p4wn3d"),
    ("postgres://lab:p4@wn3d@db/lab", "wn3d"),
    ("postgres://lab:p4/wn3d@db/lab", "wn3d"),
    ("mongodb+srv://lab:p%40wn3d@a.b.net,c.d.net/lab?w=1", "p%40wn3d"),
    ("['amqp://a:p4wn3d@h1', 'amqp://b:qu1et@h2']", "qu1et"),
    ("root:p4wn3d@tcp(127.0.0.1:3306)/shop", "p4wn3d"),
    # connection strings
    ("host=db user=lab password=p4wn3d dbname=lab", "p4wn3d"),
    ("Server=db;User Id=sa;Password=p4wn3d;Encrypt=yes", "p4wn3d"),
    ("DRIVER={x};UID=sa;PWD=p4wn3d", "p4wn3d"),
    ("AccountName=shop;AccountKey=Zm9vYmFyYmF6cXV4==;Suffix=x", "Zm9vYmFyYmF6cXV4"),
    ("Endpoint=sb://x/;SharedAccessKey=Zm9vYmFyYmF6=", "Zm9vYmFyYmF6"),
    # headers
    ("Authorization: Bearer abc123def456", "abc123def456"),
    ("authorization: Basic bGFwdG9wczpzZWNyZXQ=", "bGFwdG9wczpzZWNyZXQ"),
    ('Authorization: Digest username="ada", response="6629fae49393a05397450978507c"', "6629fae4"),
    ("Proxy-Authorization: Basic bGFwdG9wczpzZWNyZXQ=", "bGFwdG9wczpzZWNyZXQ"),
    ("Cookie: sid=a1b2c3; theme=dark", "a1b2c3"),
    ("Set-Cookie: sid=a1b2c3; Path=/; HttpOnly", "a1b2c3"),
    ("X-Api-Key: k3y-0f-tw0", "k3y-0f-tw0"),
    ("X-Auth-Token: t0k3n", "t0k3n"),
    ("[(b'cookie', b'sid=a1b2c3')]", "a1b2c3"),
    ('[["authorization","Bearer abc123def456"]]', "abc123def456"),
    ("sent bearer abc123def456 with it", "abc123def456"),
    ("basic dXNlcjpwYXNz was refused", "dXNlcjpwYXNz"),
    # words
    ("password: p4wn3d", "p4wn3d"),
    ("Passphrase: op3n sesame", "op3n"),
    ("secret: sh0h", "sh0h"),
    ("session_id=9f8e7d6c", "9f8e7d6c"),
    ("JSESSIONID=9f8e7d6c", "9f8e7d6c"),
    ("csrfmiddlewaretoken=Zm9vYmFy", "Zm9vYmFy"),
    ("SECRET_KEY_BASE=Zm9vYmFy", "Zm9vYmFy"),
    ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG", "wJalrXUtnFEMI"),
    ("MYSQL_PWD=p4wn3d mysql", "p4wn3d"),
    ("token: a1b2c3d4", "a1b2c3d4"),
    ("otp=493021", "493021"),
    ("cvv=737", "737"),
    ("https://blob/x?sv=1&sig=Zm9vYmFy%3D&se=2", "Zm9vYmFy"),
    ("GET /x?X-Amz-Signature=aeeed9bbccd4", "aeeed9bbccd4"),
    ("credentials={'user': 'ada', 'key': 'p4wn3d'}", "p4wn3d"),
    ("login --password p4wn3d --now", "p4wn3d"),
    ("run --api-key=k3y-0f-tw0", "k3y-0f-tw0"),
    ("curl -u ada:p4wn3d https://host", "p4wn3d"),
    ("password=p4$$w0rd!", "w0rd"),
    # forms
    (f"failed for {JWT}", "eyJzdWIi"),
    (f"using {AWS} now", AWS), (f"remote {GITHUB}", GITHUB), (f"charge with {STRIPE}", STRIPE),
    (f"post as {SLACK}", SLACK),
    ("AIza" + "SyA-1234567890abcdefghijklmnopqrstuv", "SyA-1234567890"),
    ("glpat" + "-abcdefghij0123456789", "abcdefghij0123456789"),
    ("sk" + "-proj-abcdefghijklmnopqrstuvwx", "abcdefghijklmnop"),
    ("hf" + "_abcdefghijklmnopqrstuvwxyz01234567", "abcdefghijklmnop"),
    ("npm" + "_abcdefghijklmnopqrstuvwxyz0123456789", "abcdefghijklmnop"),
    ("https://hooks.slack.com/services/" + "T000/B000/XXXXXX1", "XXXXXX1"),
    (PEM, "q1w2e3r4"), (PEM[:60], "MIIEpAIB"),
    # what a database says of a statement's values
    ("(IntegrityError) x\n[SQL: INSERT]\n[parameters: ('ada', 'p4]wn3d')]\n(Background", "wn3d"),
    ("[parameters: {'name': 'ada'}]", "ada"),
    ("[parameters: [('ada', 1), ('bob', 2)]]", "bob"),
    ("[generated in 0.00013s] ('ada', 'p4wn3d')", "p4wn3d"),
    ("[cached since 3.2s ago] ('ada', 'p4wn3d')", "p4wn3d"),
    ("DETAIL:  Key (name)=(ada lovelace) already exists.", "ada"),
    ("DETAIL:  Failing row contains (1, ada, p4wn3d).", "p4wn3d"),
    ("Duplicate entry 'ada lovelace' for key 'users.name'", "ada"),
    # personal data
    ("write to jane.doe+lab@mail.example.org today", "jane.doe"),
    ("card 4111 1111 1111 1111 declined", "4111 1111"), ("5500-0055-5555-5559", "0055"),
    ("3782 822463 10005", "822463"),
    ("DE89370400440532013000", "370400440532"), ("pay DE89 3704 0044 0532 0130 00", "0532"),
    *_written(),
)  # fmt: skip

HARMLESS = (
    "gen_ai.usage.input_tokens=812", "max_tokens=4096", "used 812 tokens of 4096", "tokens: 17",
    "order 4111111111111111 shipped", "order 1234-5678-9012-3456", "id=5500005555555559",
    "unexpected token: end of input", "invalid token", "the password must have eight characters",
    "password authentication failed for user lab", "basic authentication failed",
    "bearer authentication is required", "basic functionality works", "Basic plan",
    "authorization denied", "authorized by ada", "author=ada", "authors: ada, bob",
    "session_count=12", "sessions=3", "3 sessions closed", "cookie_consent=yes",
    "secretary=Ms Smith", "tokenizer=cl100k", "token_count=5", "token_type=bearer",
    "password_length=12", "primary_key=17", "foreign key on laptops.id", "key=laptops",
    "keyboard=qwerty",
    "monkey: 3", "https://host:8080/path?x=1", "http://localhost:5000/laptops/1",
    "https://medium.com/@ada/post", "http://[::1]:8080/a", "see https://example.org/a@b",
    "SELECT * FROM users WHERE password = ? AND token = $1", "UPDATE users SET secret = %s",
    "SELECT * FROM users WHERE users.password = :password",
    "INSERT INTO users (password) VALUES (?)",
    "Mozilla/5.0 (X11; Linux x86_64) python-httpx/0.28.1", "/laptops/17", "10.0.0.7", "2026-11-26",
    "2026-11-26T01:02:03.000004Z", "0af7651916cd43dd8448eb211c80319c",
    "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c",
    "+49 30 1234567", "HTTP/1.1 200 OK", "task_scheduler-worker-0017-a",
    "risk-assessment-report-of-2026",
    "max_age=3600; path=/", "a-b--c", "x == y", "if token == expected:", "sku-4111-a", "spin=up",
    "line 12, in read", "KeyError: 'laptop_id'", "Key (id) is missing", "PWD=/srv/app",
    '{"title": "Dell", "model": "Latitude", "tokens": 812}', "[1, 2, 3]", "caf\u00e9 \u20ac",
)  # fmt: skip

SECRET_NAMES = (
    "password", "passwd", "DB_PASSWORD", "db.password", "user_password_1", "newPassword",
    "password_hash", "passphrase", "pwd", "MYSQL_PWD", "secret", "client_secret", "clientSecret",
    "SECRET_KEY_BASE", "aws_secret_access_key", "api_key", "apiKey", "apikey", "api-key",
    "X-API-Key", "access_key", "private_key", "PRIVATE_KEY", "signing_key", "encryption_key",
    "credentials", "aws.credentials", "Authorization", "http.request.header.authorization",
    "proxy-authorization", "authorization_code", "cookie", "Cookies", "set-cookie", "token",
    "access_token", "refreshToken", "X-Auth-Token", "csrf_token", "csrfmiddlewaretoken",
    "ID_TOKEN", "session", "session_id", "sessionId", "JSESSIONID", "connect.sid", "jwt", "otp",
    "user_pin", "pin", "cvv", "ssn", "iban", "card_number", "credit_card", "payment.card",
    "signature", "X-Amz-Signature", "xsrf", "auth_tokens", "basic_auth",
)  # fmt: skip

HARMLESS_NAMES = (
    "title", "model", "laptop_id", "duration_s", "author", "authors", "authority", "key", "keys",
    "primary_key", "keyboard", "monkey", "gen_ai.usage.input_tokens", "max_tokens", "token_count",
    "tokenizer", "tokens", "thread.token_bucket", "token_type", "secretary", "session_count",
    "sessions", "session_duration", "cookie_consent", "password_length", "password_policy",
    "passenger", "compass", "bypass", "spin", "shipping", "opinion", "inside", "resident",
    "card", "discard_count", "dashboard_number", "signature_algorithm", "credential_type",
    "passed", "assessment", "access", "access_count", "api", "api_version", "auth", "auth_method",
    "http.route", "url.path", "order_id", "email_count", "design", "account", "account_id",
)  # fmt: skip
