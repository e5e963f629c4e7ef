-- Commands and <Plug> mappings of Plansmith. No key is taken; see `:help plansmith-mappings`.
if vim.g.loaded_plansmith then return end
vim.g.loaded_plansmith = true

local command, map = vim.api.nvim_create_user_command, vim.keymap.set

--- Those of a list that begin with what is typed.
local function beginning(list, typed)
  return vim.iter(list):filter(function(name) return vim.startswith(name, typed) end):totable()
end

--- Which argument is being typed: 1 for the first.
local function argument_number(line, position)
  local words = vim.split(line:sub(1, position), '%s+', { trimempty = false })
  return #words - 1
end

command('PlanToggle', function(opts) require('plansmith.tasks').toggle(opts.line1, opts.line2, opts.bang) end, {
  range = true,
  bang = true,
  desc = 'Tick the tasks in the range, or open them again; with ! the tasks below them too',
})

command('PlanCycle', function(opts) require('plansmith.tasks').cycle(opts.line1, opts.line2) end, {
  range = true,
  desc = 'Take list items from a bullet over an open task to a done one, and back',
})

command('PlanState', function(opts)
  local tasks = require('plansmith.tasks')
  if opts.args == '' then return tasks.ask(opts.line1, opts.line2, opts.bang) end
  tasks.set(opts.line1, opts.line2, opts.args, opts.bang)
end, {
  range = true,
  bang = true,
  nargs = '?',
  complete = function(typed) return beginning(require('plansmith.tasks').states, typed) end,
  desc = 'Give the tasks in the range a state; with ! percentages, tables and logs follow',
})

command('PlanNew', function(opts) require('plansmith.new').plan(opts.fargs[1], opts.fargs[2]) end, {
  nargs = '*',
  complete = function(typed, line, position)
    if argument_number(line, position) == 1 then return beginning(require('plansmith.new').names(), typed) end
    return vim.fn.getcompletion(typed, 'file')
  end,
  desc = 'Make a new plan from a template: :PlanNew [template] [file]',
})

command('PlanNext', function(opts) require('plansmith.places').next_tasks(opts.bang or opts.args == 'all') end, {
  bang = true,
  nargs = '?',
  complete = function(typed) return beginning({ 'all' }, typed) end,
  desc = 'List the tasks that can start; with ! or "all" those of all plans',
})

command('PlanStatus', function() require('plansmith.places').plans() end, {
  desc = 'List all plans of the project, with how far they are',
})

command('PlanGraph', function(opts) require('plansmith.graph').show(opts.fargs[1], opts.fargs[2]) end, {
  nargs = '*',
  complete = function(typed, line, position)
    local graph = require('plansmith.graph')
    return beginning(argument_number(line, position) == 1 and graph.formats or graph.kinds, typed)
  end,
  desc = 'Show who waits for whom: :PlanGraph [mermaid|dot|svg] [dependencies|timeline]',
})

command('PlanRestart', function() require('plansmith').restart() end, { desc = 'End the Plansmith server and start it anew' })

local function operators(name, action, description)
  -- On the line of the cursor, or as many as the count says; on the selection in visual mode; `.` repeats both.
  map('n', ('<Plug>(plansmith-%s)'):format(name), function() return require('plansmith.tasks').here(action) end, {
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

operators('toggle', function(first, last) require('plansmith.tasks').toggle(first, last) end, 'Tick the task')
operators('cycle', function(first, last) require('plansmith.tasks').cycle(first, last) end, 'Bullet, task, done task')
operators('state', function(first, last) require('plansmith.tasks').ask(first, last) end, 'Ask for the state of the task')

map('n', '<Plug>(plansmith-next-task)', function() require('plansmith.places').task() end, { desc = 'Next task that can start' })
map('n', '<Plug>(plansmith-previous-task)', function() require('plansmith.places').task(true) end, {
  desc = 'Previous task that can start',
})
map('n', '<Plug>(plansmith-next-placeholder)', function() require('plansmith.places').placeholder() end, {
  desc = 'Next placeholder',
})
map('n', '<Plug>(plansmith-previous-placeholder)', function() require('plansmith.places').placeholder(true) end, {
  desc = 'Previous placeholder',
})

-- Neovim 0.10 inserts a completion of several lines as one line, and knows its tab stops only when told.
if vim.fn.has('nvim-0.11') == 0 then
  vim.api.nvim_create_autocmd('CompleteDone', {
    group = vim.api.nvim_create_augroup('plansmith.completion', {}),
    callback = function() require('plansmith.completion').done() end,
  })
end

-- Neovim 0.10 has no `vim.lsp.enable`: having the plugin is what switches it on there. A little later, so that `setup()`
-- comes first where a plugin manager calls it after this file.
if not vim.lsp.config and vim.g.plansmith_autostart ~= false then
  vim.schedule(function() require('plansmith.start').everywhere() end)
end
