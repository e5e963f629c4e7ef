-- Configuration of the Plansmith language server for `vim.lsp.enable('plansmith')`, in Neovim 0.11 and later. The folder that
-- contains `lsp/` must be on the runtime path. The file does not use the rest of the plugin, so it can be copied on its own.
return {
  cmd = { 'plansmith', 'server' },
  filetypes = { 'markdown' },
  root_markers = { 'plansmith.toml', '.plansmith', '.git' },
  settings = { plansmith = vim.empty_dict() },
}
