--- How the server is started, and with which settings.
local M = {}

---@class plansmith.Options
---@field cmd? string[] The server's program and its arguments.
---@field filetypes? string[]
---@field root_markers? string[] Names of files and folders that mark the root of a project.
---@field settings? { plansmith: table } The server's settings; see docs/settings.md.

---@type plansmith.Options
local own = {}

--- What differs from the defaults, as `setup()` was told.
---@param options? plansmith.Options
function M.remember(options)
  own = vim.tbl_deep_extend('force', own, options or {})
end

local here = debug.getinfo(1, 'S').source:sub(2)

---@return plansmith.Options
function M.defaults() return dofile(vim.fs.dirname(vim.fs.dirname(vim.fs.dirname(here))) .. '/lsp/plansmith.lua') end

--- The defaults with what the user has said, wherever it was said.
---@return plansmith.Options
function M.resolved()
  if vim.lsp.config then
    -- Has what `vim.lsp.config('plansmith', …)` and every `lsp/plansmith.lua` on the runtime path say.
    local known = vim.lsp.config.plansmith
    if known and known.cmd then return vim.tbl_deep_extend('force', known, own) end
  end
  return vim.tbl_deep_extend('force', M.defaults(), own)
end

---@return plansmith.Options
function M.own() return own end

return M
