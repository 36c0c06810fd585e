/** How a receiver checks a Standard Webhooks signature, by language. */
export interface VerifyExample {
  readonly language: string;
  readonly code: string;
}

/** https://www.standardwebhooks.com: HMAC-SHA256 over `id.timestamp.body` with the decoded secret. */
export const VERIFY_EXAMPLES: readonly VerifyExample[] = [
  {
    language: 'Node.js',
    code: `// npm install standardwebhooks
import { Webhook } from 'standardwebhooks';

const webhook = new Webhook(process.env.WEBHOOK_SECRET); // whsec_…

app.post('/hooks', express.raw({ type: '*/*' }), (req, res) => {
  const event = webhook.verify(req.body, req.headers); // throws where it is not from us
  res.sendStatus(204);
});`,
  },
  {
    language: 'Python',
    code: `# pip install standardwebhooks
from standardwebhooks.webhooks import Webhook

webhook = Webhook(os.environ["WEBHOOK_SECRET"])  # whsec_…

@app.post("/hooks")
def hook():
    event = webhook.verify(request.get_data(), dict(request.headers))
    return "", 204`,
  },
  {
    language: 'Go',
    code: `// go get github.com/standard-webhooks/standard-webhooks/libraries
import standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

wh, err := standardwebhooks.NewWebhook(os.Getenv("WEBHOOK_SECRET")) // whsec_…

func hook(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if err := wh.Verify(body, r.Header); err != nil {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}`,
  },
  {
    language: 'PHP',
    code: `$key = base64_decode(substr(getenv('WEBHOOK_SECRET'), strlen('whsec_')));
$id = $_SERVER['HTTP_WEBHOOK_ID'];
$timestamp = $_SERVER['HTTP_WEBHOOK_TIMESTAMP'];
$body = file_get_contents('php://input');

$expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
$given = explode(' ', $_SERVER['HTTP_WEBHOOK_SIGNATURE']); // several while a secret is rotated
$isOurs = (bool) array_filter($given, fn ($one) => hash_equals($expected, $one));
$isFresh = abs(time() - (int) $timestamp) < 300;

http_response_code($isOurs && $isFresh ? 204 : 401);`,
  },
  {
    language: 'Ruby',
    code: `require 'openssl'
require 'base64'

post '/hooks' do
  key = Base64.decode64(ENV.fetch('WEBHOOK_SECRET').delete_prefix('whsec_'))
  id = request.env['HTTP_WEBHOOK_ID']
  timestamp = request.env['HTTP_WEBHOOK_TIMESTAMP']
  signed = "#{id}.#{timestamp}.#{request.body.read}"
  expected = 'v1,' + Base64.strict_encode64(OpenSSL::HMAC.digest('SHA256', key, signed))
  given = request.env['HTTP_WEBHOOK_SIGNATURE'].split # several while a secret is rotated
  ours = given.any? { |one| OpenSSL.secure_compare(expected, one) }
  fresh = (Time.now.to_i - timestamp.to_i).abs < 300
  status ours && fresh ? 204 : 401
end`,
  },
  {
    language: 'Shell',
    code: `# body.json: the body, byte for byte
key=$(printf %s "\${WEBHOOK_SECRET#whsec_}" | base64 -d | xxd -p -c 256)
printf %s "$WEBHOOK_ID.$WEBHOOK_TIMESTAMP.$(cat body.json)" |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64
# compare with what follows v1, in the header webhook-signature`,
  },
];
