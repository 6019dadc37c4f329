// An identity provider of the npm package oidc-provider, for tests on this computer: it verifies PKCE.
import { Provider } from 'oidc-provider';

const [port, redirect, secret] = process.argv.slice(2);
const users = {
  board: { roles: ['bestuursraad'] },
  manager: { roles: ['hr'], organisatie_eenheid: 'DGOB' },
  stranger: {},
};
const provider = new Provider(`http://localhost:${port}`, {
  clients: [{ client_id: 'afspiegeling', client_secret: secret, redirect_uris: [redirect], response_types: ['code'], grant_types: ['authorization_code'] }],
  pkce: { required: () => true },
  claims: { openid: ['sub'], profile: ['roles', 'organisatie_eenheid'] },
  features: { devInteractions: { enabled: true } },
  findAccount: (_context, id) => ({ accountId: id, claims: async () => ({ sub: id, ...users[id] }) }),
  cookies: { keys: ['only for tests'] },
});
provider.listen(port, 'localhost', () => console.log('ready'));
