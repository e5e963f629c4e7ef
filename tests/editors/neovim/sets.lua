-- The documents of a change: requirements, tasks and the references between them.
local requirements = [[
# Requirements

### Requirement 1: Import

#### Acceptance Criteria

1. WHEN a file is read THEN it SHALL be checked

### Requirement 2: Export

#### Acceptance Criteria

1. WHEN Ada presses Export THEN a file SHALL be written
]]
local tasks = [[
# Implementation Plan

- [x] 1. Import
  - _Requirements: 1.1_
- [ ] 2. Export
  - _Requirements: 2.1_
]]

---@param child table a running Neovim
---@param check fun(name: string, ok: any, shown?: any)
---@param work string folder of the plans
return function(child, check, work)
  local folder = work .. '/.kiro/specs/export'
  vim.fn.mkdir(folder, 'p')
  vim.fn.writefile(vim.split(requirements, '\n'), folder .. '/requirements.md')
  vim.fn.writefile(vim.split(tasks, '\n'), folder .. '/tasks.md')
  check('attach to a task list of a set', child:edit('.kiro/specs/export/tasks.md'))
  child:set_cursor(child:find('_Requirements: 2'), 19)
  local ok, shown = child:wait(10000, function()
    local params = vim.lsp.util.make_position_params(0, 'utf-16')
    local _, answer = next(vim.lsp.buf_request_sync(0, 'textDocument/hover', params, 2000) or {})
    local text = answer and answer.result and answer.result.contents.value or ''
    return { ok = text:find('Ada presses Export', 1, true) ~= nil, shown = text }
  end)
  check('hover over a reference to a requirement', ok, shown)
  child:run(function() vim.lsp.buf.definition() end)
  ok, shown = child:wait(5000, function()
    return { ok = vim.api.nvim_buf_get_name(0):find('requirements%.md$') ~= nil, shown = vim.api.nvim_get_current_line() }
  end)
  check('definition of a criterion', ok and shown:find('Ada presses Export', 1, true), shown)
  child:set_cursor(child:find('^### Requirement 2'), 16)
  child:run(function() vim.lsp.buf.rename('3') end)
  local text
  ok, text = child:wait_for_text(function(now) return now:find('### Requirement 3: Export', 1, true) end)
  check('rename of a requirement', ok, text)
  child:run(function()
    vim.lsp.buf.code_action({ apply = true, filter = function(action) return action.title == 'Go to tasks.md' end, context = { only = { 'refactor' }, diagnostics = {} } })
  end)
  ok, shown = child:wait(5000, function()
    return { ok = vim.api.nvim_buf_get_name(0):find('tasks%.md$') ~= nil, shown = vim.api.nvim_buf_get_name(0) }
  end)
  check('a code action goes to the task list', ok, shown)
  ok, text = child:wait_for_text(function(now) return now:find('_Requirements: 3.1_', 1, true) end)
  check('rename in the task list', ok, text)
  child:command('silent wall')
end
