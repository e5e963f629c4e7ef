--- `:PlanTree`: the Markdown syntax tree of a buffer, next to its text.
local server = require('plansmith.server')
local M = {}

local namespace = vim.api.nvim_create_namespace('plansmith.tree')

--- Byte ranges of the nodes by buffer of the tree, one per line.
---@type table<integer, integer[][]>
local ranges_of = {}

--- Converts `(name start end child...)` to one indented line per node.
---@param tree string
---@return string[] lines
---@return integer[][] ranges start and end of each node, in bytes
function M.lines(tree)
  local lines, ranges, depth = {}, {}, 0
  for name, first, last, closing in tree:gmatch('%((%S+) (%d+) (%d+)(%)*)') do
    table.insert(lines, ('%s%s [%d, %d]'):format(('  '):rep(depth), name, first, last))
    table.insert(ranges, { tonumber(first), tonumber(last) })
    depth = depth + 1 - #closing
  end
  return lines, ranges
end

--- Requests the tree of `source` and shows it in `view`.
---@param source integer
---@param view integer
local function refresh(source, view)
  local params = { textDocument = server.text_document(source) }
  server.request(server.client(source), source, 'plansmith/syntaxTree', params, function(result)
    if not result or not vim.api.nvim_buf_is_valid(view) then return end
    local lines, ranges = M.lines(result.tree)
    ranges_of[view] = ranges
    vim.bo[view].modifiable = true
    vim.api.nvim_buf_set_lines(view, 0, -1, false, lines)
    vim.bo[view].modifiable = false
  end)
end

--- Returns the 0-based row and column of a byte offset in the current buffer.
---@param offset integer
---@return integer row
---@return integer column
local function position(offset)
  local line = vim.fn.byte2line(offset + 1)
  if line < 1 then return vim.api.nvim_buf_line_count(0), 0 end
  local column = offset + 1 - vim.fn.line2byte(line)
  return line - 1, math.min(column, #vim.fn.getline(line))
end

--- Highlights the text of the node at the cursor of the tree.
---@param source integer
---@param view integer
local function highlight(source, view)
  if not vim.api.nvim_buf_is_valid(source) then return end
  vim.api.nvim_buf_clear_namespace(source, namespace, 0, -1)
  local range = (ranges_of[view] or {})[vim.api.nvim_win_get_cursor(0)[1]]
  if not range then return end
  vim.api.nvim_buf_call(source, function()
    local row, column = position(range[1])
    local end_row, end_column = position(range[2])
    local options = { end_row = end_row, end_col = end_column, hl_group = 'Visual', strict = false }
    vim.api.nvim_buf_set_extmark(source, namespace, row, column, options)
  end)
end

--- Shows the tree of the current buffer in a split. It follows edits, and the node at its cursor is highlighted in the text.
function M.show()
  local source = vim.api.nvim_get_current_buf()
  if not server.client(source) then return server.request(nil, source, 'plansmith/syntaxTree', {}) end
  local name = ('plansmith://tree/%d/%s'):format(source, vim.fn.fnamemodify(vim.api.nvim_buf_get_name(source), ':t'))
  local view = vim.fn.bufnr('^' .. name .. '$')
  if view >= 0 then return refresh(source, view) end
  view = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_name(view, name)
  vim.bo[view].bufhidden = 'wipe'
  vim.bo[view].modifiable = false
  local group = vim.api.nvim_create_augroup('plansmith.tree.' .. view, {})
  vim.api.nvim_create_autocmd({ 'TextChanged', 'TextChangedI' }, {
    group = group,
    buffer = source,
    -- Scheduled, so that Neovim has sent the edit before.
    callback = vim.schedule_wrap(function() refresh(source, view) end),
  })
  vim.api.nvim_create_autocmd('CursorMoved', {
    group = group,
    buffer = view,
    callback = function() highlight(source, view) end,
  })
  vim.api.nvim_create_autocmd('BufWipeout', {
    group = group,
    buffer = view,
    callback = function()
      ranges_of[view] = nil
      if vim.api.nvim_buf_is_valid(source) then vim.api.nvim_buf_clear_namespace(source, namespace, 0, -1) end
      vim.schedule(function() vim.api.nvim_del_augroup_by_id(group) end)
    end,
  })
  local window = vim.api.nvim_get_current_win()
  vim.cmd('vertical sbuffer ' .. view)
  vim.api.nvim_set_current_win(window)
  refresh(source, view)
end

return M
