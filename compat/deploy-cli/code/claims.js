exports.onExecuteCredentialsExchange = async (event, api) => {
  api.accessToken.setCustomClaim('https://deploy.example/word', event.secrets.WORD);
};
