--- Completions with tab stops in Neovim 0.10, whose own completion inserts their text as it stands.
local M = {}

--- Replaces what has just been inserted by what the server meant.
function M.done()
  local done = vim.v.completed_item
  local item = vim.tbl_get(done, 'user_data', 'nvim', 'lsp', 'completion_item') ---@type lsp.CompletionItem?
  if not item or not done.word or vim.v.event.reason == 'cancel' then return end
  if item.insertTextFormat ~= vim.lsp.protocol.InsertTextFormat.Snippet then return end
  local client = require('plansmith.server').of(vim.api.nvim_get_current_buf())
  local snippet = item.textEdit and item.textEdit.newText or item.insertText
  if not client or not snippet then return end
  local row, column = unpack(vim.api.nvim_win_get_cursor(0))
  local begin = column - #done.word
  if begin < 0 or vim.api.nvim_get_current_line():sub(begin + 1, column) ~= done.word:gsub('\n', '\0') then return end
  vim.api.nvim_buf_set_text(0, row - 1, begin, row - 1, column, { '' })
  -- Completion still holds the cursor here.
  vim.schedule(function() vim.snippet.expand(snippet) end)
end

return M
