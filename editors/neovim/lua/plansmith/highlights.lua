--- Highlight groups for the states of tasks. The server marks titles of tasks with semantic tokens; these groups are their
--- defaults, so that color schemes and users can change them.
local M = {}

local GROUPS = {
  PlansmithDone = { link = 'Comment' },
  PlansmithActive = { link = 'DiagnosticInfo' },
  PlansmithBlocked = { link = 'DiagnosticWarn' },
  PlansmithDetail = { link = 'Comment' },
  -- Semantic tokens.
  ['@lsp.typemod.task.done.markdown'] = { link = 'PlansmithDone' },
  ['@lsp.typemod.task.blocked.markdown'] = { link = 'PlansmithBlocked' },
  ['@lsp.typemod.comment.deprecated.markdown'] = { link = 'PlansmithCancelled' },
  -- Unresolved references.
  ['@lsp.mod.abstract.markdown'] = { link = 'DiagnosticUnderlineWarn' },
}

--- Defines the groups, unless they are defined already.
function M.define()
  for name, attributes in pairs(GROUPS) do
    vim.api.nvim_set_hl(0, name, vim.tbl_extend('force', attributes, { default = true }))
  end
  -- A link cannot have attributes of its own.
  local comment = vim.api.nvim_get_hl(0, { name = 'Comment', link = false })
  vim.api.nvim_set_hl(0, 'PlansmithCancelled', { fg = comment.fg, ctermfg = comment.ctermfg, strikethrough = true, default = true })
end

return M
