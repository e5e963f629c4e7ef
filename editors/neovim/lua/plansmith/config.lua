--- Configuration of the server: command, file types, root markers and settings.
local M = {}

---@class plansmith.Options
---@field cmd? string[] Server program and its arguments.
---@field filetypes? string[]
---@field root_markers? string[] Names of files and folders that mark the root of a project.
---@field settings? { plansmith: table } Settings of the server; see docs/settings.md.

---@type plansmith.Options
local overrides = {}

--- Merges options into the user's overrides.
---@param options? plansmith.Options
function M.extend(options)
  overrides = vim.tbl_deep_extend('force', overrides, options or {})
end

local this_file = debug.getinfo(1, 'S').source:sub(2)

---@return plansmith.Options
function M.defaults() return dofile(vim.fs.dirname(vim.fs.dirname(vim.fs.dirname(this_file))) .. '/lsp/plansmith.lua') end

--- Returns the defaults merged with the user's configuration from all sources.
---@return plansmith.Options
function M.resolved()
  if vim.lsp.config then
    -- Includes `vim.lsp.config('plansmith', …)` and every `lsp/plansmith.lua` on the runtime path.
    local configured = vim.lsp.config.plansmith
    if configured and configured.cmd then return vim.tbl_deep_extend('force', configured, overrides) end
  end
  return vim.tbl_deep_extend('force', M.defaults(), overrides)
end

--- Returns the options given to `setup()` and `configure()`.
---@return plansmith.Options
function M.overrides() return overrides end

return M
