--- `:PlanGraph`: the dependency graph or the timeline of a plan, as text, source code or image.
local server = require('plansmith.server')
local image = require('plansmith.image')
local M = {}

M.formats = { 'text', 'mermaid', 'dot', 'svg' }
M.kinds = { 'dependencies', 'timeline' }

local namespace = vim.api.nvim_create_namespace('plansmith.graph')

--- Lines of the plan by buffer of the diagram, one per row; `vim.NIL` for rows without a task.
---@type table<integer, any[]>
local lines_of = {}

--- Returns the buffer name of a diagram or its source.
---@param source integer
---@param kind string
---@param format string
local function name_of(source, kind, format)
  local file = vim.fn.fnamemodify(vim.api.nvim_buf_get_name(source), ':t:r')
  return ('plansmith://%s/%d/%s.%s'):format(kind, source, file, format)
end

--- Returns the buffer with a name, and whether it is new. It is wiped when its window closes.
---@param name string
---@return integer buffer
---@return boolean is_new
local function buffer_of(name)
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_get_name(buffer) == name then return buffer, false end
  end
  local buffer = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_name(buffer, name)
  vim.bo[buffer].bufhidden = 'wipe'
  return buffer, true
end

---@param buffer integer
---@param text string
local function set_text(buffer, text)
  vim.bo[buffer].modifiable = true
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, vim.split(text:gsub('%s+$', ''), '\n'))
  vim.bo[buffer].modifiable = false
end

---@param buffer integer
local function open_split(buffer)
  local window = vim.fn.bufwinid(buffer)
  if window >= 0 then return vim.api.nvim_set_current_win(window) end
  -- The diagram is read from top to bottom: a split to the side if both texts have room.
  vim.cmd((vim.o.columns >= 160 and 'vertical' or 'botright') .. ' sbuffer ' .. buffer)
end

local STATES = { x = 'PlansmithDone', ['/'] = 'PlansmithActive', ['!'] = 'PlansmithBlocked', ['-'] = 'PlansmithCancelled' }

--- Highlights the lines, states and phases of a diagram.
---@param buffer integer
local function highlight(buffer)
  vim.api.nvim_buf_clear_namespace(buffer, namespace, 0, -1)
  for row, text in ipairs(vim.api.nvim_buf_get_lines(buffer, 0, -1, false)) do
    local checkbox = text:find('%[[ x/!>-]%] ')
    local line = lines_of[buffer][row]
    local function mark(from, to, group)
      vim.api.nvim_buf_set_extmark(buffer, namespace, row - 1, from, { end_col = to, hl_group = group })
    end
    if checkbox then
      mark(0, checkbox - 1, 'PlansmithDetail')
      local group = STATES[text:sub(checkbox + 1, checkbox + 1)]
      if group then mark(checkbox - 1, #text, group) end
      if text:find(' %*$') then mark(#text - 1, #text, 'PlansmithBlocked') end
    elseif line and line ~= vim.NIL then
      mark(0, #text, 'Title')
    else
      mark(0, #text, 'PlansmithDetail')
    end
  end
end

--- Goes from a row of the diagram to its task, in a window of the plan.
---@param source integer
---@param view integer
local function jump(source, view)
  local line = lines_of[view][vim.api.nvim_win_get_cursor(0)[1]]
  if not line or line == vim.NIL then return server.notify('no task in this row') end
  local window = vim.fn.bufwinid(source)
  if window < 0 then
    vim.cmd('leftabove sbuffer ' .. source)
  else
    vim.api.nvim_set_current_win(window)
  end
  vim.cmd("normal! m'")
  vim.api.nvim_win_set_cursor(0, { math.min(line, vim.api.nvim_buf_line_count(0)), 0 })
  vim.cmd('normal! ^zvzz')
end

--- Requests the diagram of `source` and shows it in `view`.
---@param source integer
---@param view integer
---@param done? fun()
local function refresh(source, view, done)
  local argument = { textDocument = server.text_document(source), format = 'text' }
  server.execute(server.client(source), source, 'graph', argument, function(result)
    if not vim.api.nvim_buf_is_valid(view) then return end
    lines_of[view] = result.lines or {}
    set_text(view, result.text)
    highlight(view)
    if done then done() end
  end, done == nil)
end

--- Shows the dependency graph as a text diagram. It follows edits. Enter goes to the task of a row.
---@param source integer
local function show_text_diagram(source)
  local view, is_new = buffer_of(name_of(source, 'graph', 'text'))
  local row = vim.api.nvim_win_get_cursor(0)[1]
  refresh(source, view, function()
    open_split(view)
    vim.wo.wrap, vim.wo.number, vim.wo.relativenumber, vim.wo.cursorline, vim.wo.list = false, false, false, true, false
    vim.wo.winbar = ' Dependencies of %{fnamemodify(bufname(' .. source .. "), ':t')}%=Enter: go to task  q: close "
    -- The cursor is at the task of the plan's cursor.
    for index, line in ipairs(lines_of[view]) do
      if line ~= vim.NIL and line <= row then vim.api.nvim_win_set_cursor(0, { index, 0 }) end
    end
  end)
  if not is_new then return end
  vim.bo[view].filetype = 'plansmithgraph'
  for _, key in ipairs({ '<CR>', '<2-LeftMouse>' }) do
    vim.keymap.set('n', key, function() jump(source, view) end, { buffer = view, desc = 'Go to task' })
  end
  vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = view, desc = 'Close' })
  local group = vim.api.nvim_create_augroup('plansmith.graph.' .. view, {})
  vim.api.nvim_create_autocmd({ 'TextChanged', 'InsertLeave' }, {
    group = group,
    buffer = source,
    -- Scheduled, so that Neovim has sent the edit before.
    callback = vim.schedule_wrap(function() refresh(source, view) end),
  })
  vim.api.nvim_create_autocmd('BufWipeout', {
    group = group,
    buffer = view,
    callback = function()
      lines_of[view] = nil
      vim.schedule(function() vim.api.nvim_del_augroup_by_id(group) end)
    end,
  })
end

--- Shows a diagram of the current plan. Formats and kinds can be given in any order.
---@param ... string some of `formats` and `kinds`; default: "text" for dependencies, "mermaid" for a timeline
function M.show(...)
  local format, kind
  for _, argument in ipairs({ ... }) do
    if vim.tbl_contains(M.formats, argument) then
      format = argument
    elseif vim.tbl_contains(M.kinds, argument) then
      kind = argument
    else
      local expected = table.concat(vim.list_extend(vim.list_extend({}, M.formats), M.kinds), ', ')
      return server.notify(('unknown diagram `%s`; expected %s'):format(argument, expected), vim.log.levels.ERROR)
    end
  end
  kind = kind or 'dependencies'
  format = format or (kind == 'dependencies' and 'text' or 'mermaid')
  local source = vim.api.nvim_get_current_buf()
  if format == 'text' and kind == 'dependencies' then return show_text_diagram(source) end
  local argument = { textDocument = server.text_document(source), format = format, kind = kind }
  server.execute(server.client(source), source, 'graph', argument, function(result)
    local name = name_of(source, kind, format)
    if format == 'svg' then return image.show(result.text, vim.fn.fnamemodify(name, ':t')) end
    local buffer = buffer_of(name)
    set_text(buffer, result.text)
    vim.bo[buffer].filetype = format
    open_split(buffer)
  end)
end

return M
