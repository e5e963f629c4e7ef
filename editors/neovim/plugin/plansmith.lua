-- Commands and <Plug> mappings of Plansmith. Defines no default mappings; see `:help plansmith-mappings`.
if vim.g.loaded_plansmith then return end
vim.g.loaded_plansmith = true

local command, map = vim.api.nvim_create_user_command, vim.keymap.set

--- Returns the names that start with the typed text.
local function matching(list, typed)
  return vim.iter(list):filter(function(name) return vim.startswith(name, typed) end):totable()
end

--- Returns the number of the argument at the cursor, starting at 1.
local function argument_number(line, position)
  local words = vim.split(line:sub(1, position), '%s+', { trimempty = false })
  return #words - 1
end

command('PlanToggle', function(opts) require('plansmith.tasks').toggle(opts.line1, opts.line2, opts.bang) end, {
  range = true,
  bang = true,
  desc = 'Toggle the tasks in the range; with !, also subtasks',
})

command('PlanCycle', function(opts) require('plansmith.tasks').cycle(opts.line1, opts.line2) end, {
  range = true,
  desc = 'Turn bullets into open tasks, open tasks into done tasks, and done tasks into bullets',
})

command('PlanState', function(opts)
  local tasks = require('plansmith.tasks')
  if opts.args == '' then return tasks.select_state(opts.line1, opts.line2, opts.bang) end
  tasks.set_state(opts.line1, opts.line2, opts.args, opts.bang)
end, {
  range = true,
  bang = true,
  nargs = '?',
  complete = function(typed) return matching(require('plansmith.tasks').states, typed) end,
  desc = 'Set the state of the tasks in the range; with !, also update percentages, phase tables and logs',
})

command('PlanNew', function(opts) require('plansmith.new_plan').new_plan(opts.fargs[1], opts.fargs[2]) end, {
  nargs = '*',
  complete = function(typed, line, position)
    if argument_number(line, position) == 1 then return matching(require('plansmith.new_plan').template_names(), typed) end
    return vim.fn.getcompletion(typed, 'file')
  end,
  desc = 'Create a plan from a template: :PlanNew [template] [file]',
})

command('PlanNext', function(opts) require('plansmith.quickfix').show((opts.bang or opts.args == 'all') and 'all_tasks' or 'tasks') end, {
  bang = true,
  nargs = '?',
  complete = function(typed) return matching({ 'all' }, typed) end,
  desc = 'List the ready tasks of the plan; with ! or "all", of all plans',
})

command('PlanStatus', function() require('plansmith.quickfix').show('plans') end, {
  desc = 'List all plans in the project with their progress',
})

command('PlanOutline', function() require('plansmith.quickfix').outline() end, {
  desc = 'List sections, phases and tasks with their states and progress',
})

command('PlanPick', function(opts) require('plansmith.pick').pick(opts.fargs[1]) end, {
  nargs = '?',
  complete = function(typed) return matching(vim.fn.sort(vim.tbl_keys(require('plansmith.entries').sources)), typed) end,
  desc = 'Pick a ready task, a plan or an outline entry: :PlanPick [tasks|all_tasks|plans|outline]',
})

command('PlanDocument', function(opts) require('plansmith.navigation').open_document(opts.fargs[1]) end, {
  nargs = '?',
  complete = function(typed) return matching(require('plansmith.navigation').document_names(), typed) end,
  desc = 'Open another document of the set: specification, plan, tasks',
})

command('PlanGraph', function(opts) require('plansmith.graph').show(unpack(opts.fargs)) end, {
  nargs = '*',
  complete = function(typed, line, position)
    local graph = require('plansmith.graph')
    local is_first = argument_number(line, position) == 1
    return matching(is_first and vim.list_extend(vim.list_slice(graph.formats), graph.kinds) or graph.kinds, typed)
  end,
  desc = 'Show a diagram of the plan: :PlanGraph [text|mermaid|dot|svg] [dependencies|timeline]',
})

command('PlanTree', function() require('plansmith.tree').show() end, {
  desc = 'Show the Markdown syntax tree of the buffer next to its text',
})

command('PlanRestart', function() require('plansmith').restart() end, { desc = 'Restart the Plansmith server' })

local function operators(name, action, description)
  -- Normal mode: the current line or [count] lines. Visual mode: the selection. `.` repeats both.
  map('n', ('<Plug>(plansmith-%s)'):format(name), function() return require('plansmith.tasks').line_operator(action) end, {
    expr = true,
    desc = description,
  })
  map({ 'n', 'x' }, ('<Plug>(plansmith-%s-operator)'):format(name), function()
    return require('plansmith.tasks').operator(action)
  end, { expr = true, desc = description .. ' over a motion' })
  map('x', ('<Plug>(plansmith-%s)'):format(name), function() return require('plansmith.tasks').operator(action) end, {
    expr = true,
    desc = description,
  })
end

operators('toggle', function(first, last) require('plansmith.tasks').toggle(first, last) end, 'Toggle task')
operators('cycle', function(first, last) require('plansmith.tasks').cycle(first, last) end, 'Cycle task state')
operators('state', function(first, last) require('plansmith.tasks').select_state(first, last) end, 'Set task state')

map('n', '<Plug>(plansmith-next-task)', function() require('plansmith.navigation').jump_to_ready_task() end, { desc = 'Next ready task' })
map('n', '<Plug>(plansmith-previous-task)', function() require('plansmith.navigation').jump_to_ready_task(true) end, {
  desc = 'Previous ready task',
})
map('n', '<Plug>(plansmith-next-placeholder)', function() require('plansmith.navigation').jump_to_placeholder() end, {
  desc = 'Next placeholder',
})
map('n', '<Plug>(plansmith-previous-placeholder)', function() require('plansmith.navigation').jump_to_placeholder(true) end, {
  desc = 'Previous placeholder',
})

-- Highlight groups.
local group = vim.api.nvim_create_augroup('plansmith.plugin', {})
require('plansmith.highlights').define()
vim.api.nvim_create_autocmd('ColorScheme', { group = group, callback = function() require('plansmith.highlights').define() end })

-- `gO` in plans. The file type plugin of Neovim maps it for each Markdown buffer, so this waits until the plugin has run.
vim.api.nvim_create_autocmd({ 'LspAttach', 'FileType' }, {
  group = group,
  callback = function(event)
    local is_ours = event.event == 'FileType' and event.match == 'markdown'
    if event.event == 'LspAttach' then
      local client = vim.lsp.get_client_by_id(event.data.client_id)
      is_ours = client ~= nil and client.name == 'plansmith'
    end
    if is_ours then vim.schedule(function() require('plansmith.outline_mapping').define(event.buf) end) end
  end,
})

-- Help tags, so that `:help plansmith` works without a plugin manager that writes them.
local doc = vim.fs.joinpath(vim.fs.dirname(vim.fs.dirname(debug.getinfo(1, 'S').source:sub(2))), 'doc')
if not vim.uv.fs_stat(vim.fs.joinpath(doc, 'tags')) then pcall(vim.cmd.helptags, vim.fn.fnameescape(doc)) end

-- Neovim 0.10 inserts snippets as plain text in one line, so they are expanded here.
if vim.fn.has('nvim-0.11') == 0 then
  vim.api.nvim_create_autocmd('CompleteDone', {
    group = vim.api.nvim_create_augroup('plansmith.completion', {}),
    callback = function() require('plansmith.completion').expand_snippet() end,
  })
end

-- Neovim 0.10 has no `vim.lsp.enable`, so loading the plugin enables the server. `schedule` lets a plugin manager call
-- `setup()` first.
if not vim.lsp.config and vim.g.plansmith_autostart ~= false then
  vim.schedule(function() require('plansmith.start').enable() end)
end
