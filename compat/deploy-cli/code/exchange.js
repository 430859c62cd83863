exports.onExecuteCustomTokenExchange = async (event, api) => {
  api.access.deny('invalid_request', 'not today');
};
