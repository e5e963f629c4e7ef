-- End-to-end test of a set of documents (specification, plan, tasks) in a real Neovim. Run by run.sh with
--   NVIM     the Neovim under test
--   SETS     a folder with the set specs/001-hold-shelf
--   ROOT     the root of the project
local root, sets = os.getenv('ROOT'), os.getenv('SETS')
package.path = root .. '/tests/editors/neovim/?.lua;' .. package.path
local driver = require('driver')
local check = driver.check
local folder = 'specs/001-hold-shelf/'

local config = os.getenv('XDG_CONFIG_HOME') .. '/nvim'
vim.fn.mkdir(config, 'p')
vim.fn.writefile({
  "vim.opt.runtimepath:append('" .. root .. "/editors/neovim')",
  "require('plansmith').setup()",
}, config .. '/init.lua')

local function journeys()
  local child = driver.start(os.getenv('NVIM'), sets)
  check('attach to tasks', child:edit(folder .. 'tasks.md'))
  -- This waits until the server has read all files.
  check('plans of the set', child:run(function() return #require('plansmith.entries').wait('plans') end) == 2)

  local reference = child:find('T003')
  local function go_to_reference()
    child:command('buffer tasks.md')
    child:set_cursor(reference, child:line(reference):find('FR%-%d') + 1)
  end
  -- Definition, and back.
  go_to_reference()
  child:run(function() vim.lsp.buf.definition() end)
  ok, shown = child:wait(5000, function()
    local line = vim.api.nvim_get_current_line()
    return { ok = line:find('%*%*FR%-001%*%*: The system') ~= nil, shown = line }
  end)
  check('definition in the specification', ok, shown)
  child:keys('<C-o>')
  check('back to the task', child:wait(3000, function() return vim.api.nvim_get_current_line():find('T003') ~= nil end))

  -- Hover on the ID of a requirement.
  go_to_reference()
  child:run(function() vim.lsp.buf.hover() end)
  local ok, shown = child:wait(5000, function()
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(window).relative ~= '' then
        local text = table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false), '\n')
        return { ok = text:find('one message per book') ~= nil and text:find('T002') ~= nil, shown = text }
      end
    end
  end)
  check('hover shows the requirement and its tasks', ok, shown)

  -- References in all documents.
  child:run(function() vim.lsp.buf.references() end)
  ok, shown = child:wait(5000, function()
    local files = {}
    for _, item in ipairs(vim.fn.getqflist()) do files[vim.fs.basename(vim.fn.bufname(item.bufnr))] = true end
    return { ok = files['spec.md'] and files['plan.md'] and files['tasks.md'], shown = files }
  end)
  check('references in all documents', ok, shown)
  child:command('cclose')

  -- Coverage: code lenses and findings in the specification.
  child:edit(folder .. 'spec.md')
  child:run(function() if vim.lsp.codelens.enable then vim.lsp.codelens.enable(true) else vim.lsp.codelens.refresh({ bufnr = 0 }) end end)
  ok, shown = child:wait(5000, function()
    local lenses = vim.lsp.codelens.get(vim.fn.has('nvim-0.12') == 1 and { bufnr = 0 } or 0)
    local titles = vim.tbl_map(function(lens) return (lens.lens or lens).command.title end, lenses)
    local all = table.concat(titles, '; ')
    return { ok = all:find('2 tasks, 1 done') ~= nil and all:find('no task') ~= nil, shown = titles }
  end)
  check('code lenses show the coverage', ok, shown)
  ok, shown = child:wait_for_rules(function(rules) return rules['uncovered-requirement'] == 1 end)
  check('a requirement without tasks is reported', ok, shown)

  -- Outline of the specification, with coverage.
  child:keys('gO')
  ok, shown = child:wait(5000, function()
    local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
    return { ok = vim.bo.buftype == 'quickfix' and text:find('FR%-001 .*1 of 2 tasks done') ~= nil, shown = text }
  end)
  check('outline with coverage', ok, shown)
  child:command('lclose')

  -- A code action adds the missing task to tasks.md.
  local uncovered = child:find('FR%-003')
  child:set_cursor(uncovered, 6)
  child:run(function()
    vim.lsp.buf.code_action({ apply = true, filter = function(action) return action.title:find('^Add task for FR%-003') ~= nil end })
  end)
  ok, shown = child:wait(5000, function()
    local number = vim.fn.bufnr('tasks.md')
    local text = table.concat(vim.api.nvim_buf_get_lines(number, 0, -1, false), '\n')
    return { ok = text:find('T006 .*FR%-003') ~= nil, shown = text }
  end)
  check('an action adds a task for a requirement', ok, shown)
  ok, shown = child:wait_for_rules(function(rules) return not rules['uncovered-requirement'] end)
  check('the finding in the specification goes', ok, shown)

  -- Rename in three documents.
  child:set_cursor(child:find('FR%-001'), 6)
  child:run(function() vim.lsp.buf.rename('FR-010') end)
  ok, shown = child:wait_for_text(function(text) return text:find('**FR-010**', 1, true) end)
  check('rename in the specification', ok, shown)
  child:command('silent wall')
  for _, name in ipairs({ 'plan.md', 'tasks.md', 'spec.md' }) do
    local text = table.concat(vim.fn.readfile(sets .. '/' .. folder .. name), '\n')
    check('rename in ' .. name, text:find('FR-010', 1, true) and not text:find('FR-001', 1, true), text)
  end

  -- Completion of requirements, those without tasks first.
  child:edit(folder .. 'tasks.md')
  child:keys('Go- [ ] T007 [US2] Count them (FR-<C-x><C-o>')
  ok, shown = child:wait(5000, function()
    local names = vim.tbl_map(function(item) return item.abbr end, vim.fn.complete_info({ 'items' }).items)
    return { ok = #names >= 3, shown = names }
  end)
  check('requirements are completed', ok, shown)
  child:keys('<C-e><Esc>')
  child:command('edit!')

  -- Lists of the set.
  child:command('PlanNext!')
  ok, shown = child:wait(5000, function()
    local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
    return { ok = text:find('T003') ~= nil and text:find('T004') ~= nil and not text:find('T005'), shown = text }
  end)
  check('ready tasks of the set', ok, shown)
  child:command('cclose')
  child:command('PlanDocument spec.md')
  ok, shown = child:wait(5000, function()
    return { ok = vim.api.nvim_buf_get_name(0):find('spec%.md$') ~= nil, shown = vim.api.nvim_buf_get_name(0) }
  end)
  check(':PlanDocument opens another document of the set', ok, shown)
  local names = child:run(function() return vim.fn.getcompletion('PlanDocument ', 'cmdline') end)
  check('documents are completed', vim.deep_equal(names, { 'plan.md', 'tasks.md' }), names)

  local notices = child:notices()
  check('no errors were shown', not notices:find('[Ee]rror') and #table.concat(child.stderr) == 0, { notices, child.stderr })
  check('quit', child:quit())
end

-- An error counts as a failure; Neovim must exit in any case.
local completed, problem = xpcall(journeys, debug.traceback)
check('all journeys completed', completed, problem)
vim.cmd(driver.failed == 0 and 'qall!' or 'cquit!')
