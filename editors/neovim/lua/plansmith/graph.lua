--- `:PlanGraph`: the dependency graph or the timeline of a plan.
local server = require('plansmith.server')
local M = {}

M.formats = { 'mermaid', 'dot', 'svg' }
M.kinds = { 'dependencies', 'timeline' }

--- Shows text in a split. The buffer is wiped when its window closes.
---@param text string
---@param filetype string
---@param name string
local function show_in_split(text, filetype, name)
  local buffer = vim.fn.bufnr('^' .. name .. '$')
  if buffer < 0 then
    buffer = vim.api.nvim_create_buf(false, true)
    vim.api.nvim_buf_set_name(buffer, name)
  end
  vim.bo[buffer].modifiable = true
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, vim.split(vim.trim(text), '\n'))
  vim.bo[buffer].modifiable = false
  vim.bo[buffer].bufhidden = 'wipe'
  vim.bo[buffer].filetype = filetype
  local window = vim.fn.bufwinid(buffer)
  if window >= 0 then
    vim.api.nvim_set_current_win(window)
  else
    vim.cmd('vertical sbuffer ' .. buffer)
  end
end

--- Shows a diagram of the current plan.
---@param format? string one of `formats`; default: "mermaid"
---@param kind? string one of `kinds`; default: "dependencies"
function M.show(format, kind)
  format = format or 'mermaid'
  local buffer = vim.api.nvim_get_current_buf()
  local name = vim.fn.fnamemodify(vim.api.nvim_buf_get_name(buffer), ':t:r')
  local argument = { textDocument = server.text_document(buffer), format = format, kind = kind }
  server.execute(server.client(buffer), buffer, 'graph', argument, function(result)
    if format ~= 'svg' then
      return show_in_split(result.text, format, ('plansmith://%s/%s.%s'):format(kind or 'dependencies', name, format))
    end
    local file = vim.fs.joinpath(vim.fn.tempname() .. '-' .. name .. '.svg')
    vim.fn.writefile(vim.split(result.text, '\n'), file)
    local _, problem = vim.ui.open(file)
    if problem then server.notify(('%s; the diagram is in %s'):format(problem, file), vim.log.levels.WARN) end
  end)
end

return M
