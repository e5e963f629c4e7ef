-- What people do with plans in Neovim, in a real one that is set up as its README says; run by run.sh with
--   NVIM     the program under test
--   WORK     a folder with plans
--   ROOT     the project
--   SERVER   the server's program, as its processes show it
local root, work, server = os.getenv('ROOT'), os.getenv('WORK'), os.getenv('SERVER')
package.path = root .. '/tests/editors/neovim/?.lua;' .. package.path
local driver = require('driver')
local check = driver.check
local new = vim.fn.has('nvim-0.11') == 1

-- A profile with nothing but what the README tells a new user to put there: its block for plain Neovim.
local page = table.concat(vim.fn.readfile(root .. '/editors/neovim/README.md'), '\n')
local init = assert(page:match('```lua\n(vim%.opt%.runtimepath.-)```'), 'the README has no block for init.lua')
local config = os.getenv('XDG_CONFIG_HOME') .. '/nvim'
vim.fn.mkdir(config, 'p')
init = init:gsub('/path/to/plansmith', function() return root end)
-- Keys as the page on keys suggests them; ours to choose, since the plugin takes none.
local keys = assert(page:match('```lua\n(vim%.keymap%.set.-)```'), 'the README has no block with keys')
vim.fn.writefile(vim.split("vim.g.mapleader = ' '\n" .. init .. keys, '\n'), config .. '/init.lua')

local function journeys()
  local child = driver.start(os.getenv('NVIM'), work)

  -- Markdown that is no plan, and files that are no Markdown.
  check('attach to Markdown', child:edit('notes.md'))
  vim.wait(500)
  check('no findings in ordinary Markdown', vim.tbl_isempty(child:rules()), child:rules())
  check('no progress for ordinary Markdown', child:run(function() return require('plansmith').statusline() end) == '')
  child:command('edit notes.c')
  check('other files have no server', child:run(function() return #vim.lsp.get_clients({ bufnr = 0 }) end) == 0)
  child:command('help help')
  check('help has no server', child:run(function() return #vim.lsp.get_clients({ bufnr = 0, name = 'plansmith' }) end) == 0)
  child:command('only')

  -- A plan with faults.
  check('attach to a plan', child:edit('broken.md'))
  local ok, rules = child:rules_become(function(rules)
    return rules['status-open-tasks'] and rules['malformed-checkbox'] == 3 and rules['unclosed-fence']
  end)
  check('diagnostics', ok, rules)
  check('one server for all buffers', child:run(function() return #vim.lsp.get_clients({ name = 'plansmith' }) end) == 1)

  local symbols = child:run(function()
    local params = { textDocument = { uri = vim.uri_from_bufnr(0) } }
    local answers = vim.lsp.buf_request_sync(0, 'textDocument/documentSymbol', params, 5000) or {}
    return select(2, next(answers)).result
  end)
  check('outline with progress', symbols[1] and (symbols[1].detail or ''):find('%d+/%d+'), symbols)
  child:run(function() vim.lsp.buf.document_symbol() end)
  ok, rules = child:wait(5000, function()
    local list = vim.fn.has('nvim-0.11') == 1 and vim.fn.getloclist(0) or vim.fn.getqflist()
    return { ok = #list > 5, shown = list }
  end)
  check('outline in a list', ok, rules)
  child:command('silent! lclose | silent! cclose')
  child:command('buffer broken.md')

  -- A quick fix, and the file on the disk.
  local box = child:find('^%- %[%] ')
  child:at(box, 3)
  child:run(function()
    vim.lsp.buf.code_action({ apply = true, filter = function(action) return action.title:find('Replace with') ~= nil end })
  end)
  ok, rules = child:text_becomes(function() return child:line(box):find('^%- %[ %] %*%*Task 1%.3') end)
  check('quick fix', ok, child:line(box))
  child:command('silent write')
  check('saved', vim.fn.readfile(work .. '/broken.md')[box]:find('^%- %[ %] %*%*Task 1%.3'), vim.fn.readfile(work .. '/broken.md')[box])
  ok, rules = child:rules_become(function(found) return found['malformed-checkbox'] == 2 end)
  check('diagnostics follow', ok, rules)
  child:run(function() vim.lsp.buf.code_action({ context = { only = { 'source.fixAll.plansmith' }, diagnostics = {} }, apply = true }) end)
  check('mend everything', child:text_becomes(function(text) return not text:find('\n%-%[') and not text:find('\n%[x%]') end))

  -- Ticking, with the keys that the README suggests, with counts, selections, motions and `.`.
  local function open(number) return child:line(number):find('^%- %[ %] ') ~= nil end
  local function done(number) return child:line(number):find('^%- %[x%] ') ~= nil end
  local function becomes(name, wanted) return check(name, child:text_becomes(wanted), child:text()) end
  local first = child:find('Task 2%.1')
  child:at(first, 8)
  child:keys(' x')
  becomes('a key opens a task', function() return open(first) end)
  check('the cursor stays', vim.deep_equal(child:run(function() return vim.api.nvim_win_get_cursor(0) end), { first, 8 }))
  child:keys('u')
  becomes('one undo step', function() return done(first) end)
  child:keys(' x')
  becomes('again', function() return open(first) end)
  child:keys('j.')
  becomes('. repeats it on the next line', function() return open(first) and open(first + 1) end)
  child:at(first)
  child:keys('Vj x')
  becomes('a selection', function() return done(first) and done(first + 1) end)
  child:keys('<Esc>')
  child:at(first)
  child:keys('2 x')
  becomes('a count', function() return open(first) and open(first + 1) end)
  child:command(('%d,%dPlanToggle'):format(first, first + 1))
  becomes(':PlanToggle with a range', function() return done(first) and done(first + 1) end)
  child:at(child:find('^## Objective') + 2)
  child:command('PlanToggle')
  local told = vim.wait(3000, function() return child:notices():find('no task here') ~= nil end, 50)
  check(':PlanToggle says when there is nothing to tick', told)

  -- States.
  local states = child:run(function() return vim.fn.getcompletion('PlanState ', 'cmdline') end)
  check('states are completed', vim.tbl_contains(states, 'blocked') and #states == 6, states)
  child:at(first)
  child:command('PlanState open')
  becomes(':PlanState open', function() return open(first) end)
  child:command('PlanState active')
  becomes(':PlanState active', function() return not open(first) and not done(first) end)
  child:command('PlanState done')
  becomes(':PlanState done', function() return done(first) end)
  child:command('PlanState nonsense')
  check(
    'an unknown state is named',
    vim.wait(3000, function() return child:notices():find('nonsense') ~= nil end, 50)
  )

  -- Understanding a plan.
  child:at(child:find('Task 1%.2'), 10)
  child:run(function() vim.lsp.buf.hover() end)
  ok, rules = child:wait(5000, function()
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(window).relative ~= '' then
        local text = table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false), '\n')
        return { ok = text:find('1%.2') ~= nil or text:find('done') ~= nil, shown = text }
      end
    end
  end)
  check('hover', ok, rules)
  check('the hover has no server of its own', child:run(function() return #vim.lsp.get_clients({ name = 'plansmith' }) end) == 1)
  if new then
    child:run(function() vim.lsp.inlay_hint.enable(true) end)
  else
    child:run(function() vim.lsp.inlay_hint.enable(true, { bufnr = 0 }) end)
  end
  ok, rules = child:wait(5000, function()
    local hints = vim.lsp.inlay_hint.get({ bufnr = 0 })
    return { ok = #hints > 1, shown = hints }
  end)
  check('hints', ok, rules)
  child:run(function() if vim.lsp.codelens.enable then vim.lsp.codelens.enable(true) else vim.lsp.codelens.refresh({ bufnr = 0 }) end end)
  ok, rules = child:wait(5000, function()
    local lenses = vim.lsp.codelens.get(vim.fn.has('nvim-0.12') == 1 and { bufnr = 0 } or 0)
    return { ok = #lenses > 0, shown = lenses }
  end)
  check('a lens', ok, rules)
  ok, rules = child:wait(5000, function()
    local text = require('plansmith').statusline()
    return { ok = text:find('^%d+/13') ~= nil, shown = text }
  end)
  check('statusline', ok, rules)
  local before = rules
  child:at(first)
  child:command('PlanState open')
  ok, rules = child:wait(5000, function(old)
    local text = require('plansmith').statusline()
    return { ok = text:find('^%d+/13') ~= nil and text ~= old, shown = text }
  end, before)
  check('statusline follows', ok, rules)

  -- Settings while the server runs.
  child:run(function() require('plansmith').configure({ rules = { ['status-open-tasks'] = 'off' } }) end)
  ok, rules = child:rules_become(function(found) return not found['status-open-tasks'] and found['unclosed-fence'] end)
  check('settings at run time', ok, rules)
  child:run(function() require('plansmith').configure({ rules = { ['status-open-tasks'] = 'error' } }) end)
  check('and back', child:rules_become(function(found) return found['status-open-tasks'] end))
  child:command('silent write')

  -- Across files: definition and rename.
  check('attach to a second plan', child:edit('beside.md'))
  local link = child:find('phase%-2%-pages')
  child:at(link, child:line(link):find('phase%-2%-pages') + 2)
  child:run(function() vim.lsp.buf.definition() end)
  ok, rules = child:wait(5000, function()
    return { ok = vim.api.nvim_buf_get_name(0):find('broken%.md$') ~= nil, shown = vim.api.nvim_buf_get_name(0) }
  end)
  check('definition in another file', ok, rules)
  check('at the heading', (child:run(function() return vim.api.nvim_get_current_line() end)):find('Phase 2'))
  child:at(child:find('^### Phase 2'), 14)
  child:run(function() vim.lsp.buf.rename('Branch Pages') end)
  becomes('rename', function(text) return text:find('### Phase 2: Branch Pages', 1, true) end)
  child:command('silent wall')
  local other = table.concat(vim.fn.readfile(work .. '/beside.md'), '\n')
  check('rename in another file', other:find('broken.md#phase-2-branch-pages', 1, true), other)
  child:at(child:find('%*%*Task 1%.1%*%*'), 14)
  child:run(function() vim.lsp.buf.rename('Task 1.9') end)
  becomes('rename of a number', function(text) return text:find('Task 1%.9') and not text:find('Task 1%.1%D') end)
  child:keys('u')
  becomes('a rename is one undo step', function(text) return text:find('Task 1%.1%D') and not text:find('Task 1%.9') end)

  -- Completion, as it is typed.
  check('attach to a plan with gaps', child:edit('half-written.md'))
  child:keys('Go<CR>## <C-x><C-o>')
  ok, rules = child:wait(5000, function()
    local names = vim.tbl_map(function(item) return item.abbr end, vim.fn.complete_info({ 'items' }).items)
    return { ok = #names > 1 and vim.tbl_contains(names, '## Status Log'), shown = names }
  end)
  check('missing sections are offered', ok, rules)
  child:keys('<C-e>St<C-x><C-o>')
  check('those that are typed', child:wait(5000, function() return #vim.fn.complete_info({ 'items' }).items == 1 end))
  child:keys('<C-y>')
  ok, rules = child:wait(5000, function() return vim.snippet.active() end)
  check('with tab stops', ok, child:text())
  child:keys('2026-01-02')
  child:run(function() vim.snippet.jump(1) end)
  child:keys('2026-02-03')
  ok, rules = child:text_becomes(function(text)
    return text:find('## Status Log\n\n| Date', 1, true)
      and text:find('| 2026-01-02 | Planning |', 1, true)
      and text:find('| 2026-02-03 | In Progress |', 1, true)
  end)
  check('a section is completed', ok and not rules:find('${', 1, true), rules:sub(-400))
  child:keys('<Esc><Esc>')
  child:command('edit!')

  -- Lists.
  child:command('PlanNext')
  ok, rules = child:wait(5000, function()
    local list = vim.fn.getqflist({ items = 1, title = 1, winid = 1 })
    local items = vim.tbl_map(function(item) return { item.text, item.lnum, vim.fn.bufname(item.bufnr) } end, list.items)
    return { ok = #items > 0 and list.winid ~= 0, shown = items }
  end)
  check(':PlanNext', ok and rules[1][3]:find('half%-written%.md$') and rules[1][1]:find('Take payments'), rules)
  child:command('cclose')
  child:command('PlanNext!')
  ok, rules = child:wait(5000, function()
    local files = {}
    for _, item in ipairs(vim.fn.getqflist()) do files[vim.fn.fnamemodify(vim.fn.bufname(item.bufnr), ':t')] = true end
    return { ok = vim.tbl_count(files) > 2, shown = files }
  end)
  check(':PlanNext! over all plans', ok, rules)
  child:command('cfirst')
  check('going to a task', child:run(function() return vim.bo.filetype end) == 'markdown')
  child:command('cclose')
  child:command('PlanStatus')
  ok, rules = child:wait(5000, function()
    local items = vim.tbl_map(function(item) return item.text end, vim.fn.getqflist())
    return { ok = #items > 5 and table.concat(items, '\n'):find('%d+/%d+') ~= nil, shown = items }
  end)
  check(':PlanStatus', ok, rules)
  child:command('cclose')
  child:edit('implementation-plan.md')
  child:at(1)
  child:keys(']t')
  ok, rules = child:wait(5000, function()
    local row = vim.api.nvim_win_get_cursor(0)[1]
    return { ok = row > 1, shown = row }
  end)
  check('to the next task', ok, rules)
  local row = rules
  child:keys(']t')
  ok = child:wait(5000, function(old) return vim.api.nvim_win_get_cursor(0)[1] > old end, row)
  check('and the one after it', ok)
  child:keys('[t')
  check('and back', child:wait(5000, function(old) return vim.api.nvim_win_get_cursor(0)[1] == old end, row))

  -- The graph.
  child:command('PlanGraph')
  ok, rules = child:wait(5000, function()
    return { ok = vim.bo.filetype == 'mermaid' and vim.bo.buftype == 'nofile', shown = vim.api.nvim_buf_get_lines(0, 0, -1, false) }
  end)
  check(':PlanGraph', ok and rules[1]:find('^flowchart'), rules)
  child:command('close')
  child:command('PlanGraph dot')
  ok, rules = child:wait(5000, function()
    return { ok = vim.bo.filetype == 'dot', shown = vim.api.nvim_buf_get_lines(0, 0, -1, false) }
  end)
  check(':PlanGraph dot', ok and rules[1]:find('digraph'), rules)
  child:command('close')
  local formats = child:run(function() return vim.fn.getcompletion('PlanGraph ', 'cmdline') end)
  check('formats are completed', vim.deep_equal(formats, { 'dot', 'mermaid', 'svg' }) or #formats == 3, formats)

  -- A new plan, in a folder that there is not yet.
  local templates = child:run(function() return vim.fn.getcompletion('PlanNew proj', 'cmdline') end)
  check('templates are completed', vim.deep_equal(templates, { 'project-plan' }), templates)
  child:command('PlanNew project-plan new/move-the-index.md')
  ok, rules = child:wait(5000, function()
    local text = vim.api.nvim_buf_get_lines(0, 0, 3, false)
    return { ok = vim.api.nvim_buf_get_name(0):find('move%-the%-index%.md$') ~= nil and text[1] ~= '', shown = text }
  end)
  check(':PlanNew', ok, rules)
  check('the title comes from the name', child:line(1) == '# Move the index' or child:find('^# Move the index'), child:line(1))
  ok, rules = child:rules_become(function(found) return found['unfilled-placeholder'] end)
  check('placeholders are said', ok, rules)
  child:at(1)
  child:keys(']p')
  check('to the first placeholder', child:wait(5000, function() return vim.api.nvim_win_get_cursor(0)[1] > 1 end))
  local heading = child:find('^## Objective')
  child:at(heading, 4)
  child:run(function() vim.lsp.buf.type_definition() end)
  ok, rules = child:wait(5000, function()
    local name = vim.api.nvim_buf_get_name(0)
    return { ok = name:find('move%-the%-index') == nil and vim.api.nvim_get_current_line() == '## Objective', shown = name }
  end)
  check('the template opens at that line', ok, rules)
  child:command('buffer move-the-index.md')
  child:command('silent write')
  child:command('PlanNew project-plan new/move-the-index.md')
  check('no plan is overwritten', vim.wait(3000, function() return child:notices():find('there already') ~= nil end, 50))

  -- Folding and colours.
  if new then
    child:edit('broken.md')
    child:run(function() vim.wo.foldmethod, vim.wo.foldexpr, vim.wo.foldlevel = 'expr', 'v:lua.vim.lsp.foldexpr()', 0 end)
    ok = child:wait(5000, function() return vim.fn.foldclosed(vim.fn.search('^### Phase 1', 'nw')) > 0 end)
    check('folds', ok)
    child:command('setlocal foldmethod=manual')
  end

  -- Help, and what is wrong if something is.
  child:command('helptags ' .. root .. '/editors/neovim/doc')
  check('help', pcall(function() child:command('help plansmith-commands') end))
  child:command('helpclose')
  os.remove(root .. '/editors/neovim/doc/tags')
  child:command('checkhealth plansmith')
  ok, rules = child:wait(5000, function()
    local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
    return { ok = text:find('plansmith %d+%.%d+') ~= nil and not text:find('ERROR'), shown = text }
  end)
  check('checkhealth', ok, rules)
  child:command('close!')

  -- The server dies and is started again.
  child:edit('broken.md')
  local function processes()
    local found = {}
    for process in vim.fs.dir('/proc') do
      if process:match('^%d+$') and vim.uv.fs_readlink('/proc/' .. process .. '/exe') == server then found[#found + 1] = process end
    end
    return found
  end
  -- One for the project, and maybe one for the template that was looked at, which is in none.
  local running = processes()
  check('as many processes as servers', #running == child:run(function() return #vim.lsp.get_clients({ name = 'plansmith' }) end), running)
  for _, process in ipairs(running) do vim.uv.kill(tonumber(process), 'sigkill') end
  check('the editor notices', child:wait(5000, function() return #vim.lsp.get_clients({ name = 'plansmith' }) == 0 end))
  local death = child:notices()
  check('nothing else was said to be wrong', not death:gsub('exit code 101', ''):find('[Ee]rror:'), death)
  child:command('PlanRestart')
  ok, rules = child:wait(10000, function() return #vim.lsp.get_clients({ bufnr = 0, name = 'plansmith' }) == 1 end)
  check('restarted', ok and vim.wait(5000, function() return #processes() == #running end, 50), processes())
  ok, rules = child:rules_become(function(found) return found['status-open-tasks'] end)
  check('and diagnostics are back', ok, rules)
  local before_restart = processes()
  child:command('PlanRestart')
  ok = vim.wait(8000, function()
    local now = processes()
    local same = vim.iter(now):any(function(process) return vim.tbl_contains(before_restart, process) end)
    return #now == #running and not same
  end, 50)
  check('a server that runs is restarted too', ok and child:wait(8000, function() return #vim.lsp.get_clients({ bufnr = 0, name = 'plansmith' }) == 1 end))

  local notices = child:notices()
  check('nothing was said to be wrong', not notices:find('[Ee]rror') and #table.concat(child.said) == 0, { notices, child.said })
  check('quit', child:quit())

  local function severity()
    for _, diagnostic in ipairs(vim.diagnostic.get(0)) do
      if diagnostic.code == 'unclosed-fence' then return { ok = diagnostic.severity == vim.diagnostic.severity.ERROR, shown = diagnostic } end
    end
  end
  local settings = "{ settings = { plansmith = { rules = { ['unclosed-fence'] = 'error' } } } }"
  local folder = "vim.opt.runtimepath:append('" .. root .. "/editors/neovim')"

  -- A plugin manager that loads the plugin when it is first needed, with options.
  vim.fn.writefile(vim.split(([[
    vim.api.nvim_create_autocmd('FileType', { pattern = 'markdown', once = true, callback = function()
      %s
      vim.cmd.source('%s/editors/neovim/plugin/plansmith.lua')
      require('plansmith').setup(%s)
    end })]]):format(folder, root, settings), '\n'), config .. '/init.lua')
  child = driver.start(os.getenv('NVIM'), work)
  check('attach when loaded late', child:edit('broken.md'))
  ok, rules = child:wait(10000, severity)
  check('settings when loaded late', ok, rules)
  check('one server when loaded late', child:run(function() return #vim.lsp.get_clients({ name = 'plansmith' }) end) == 1)
  check('commands when loaded late', child:run(function() return vim.fn.exists(':PlanToggle') end) == 2)
  check('quit again', child:quit())

  -- As any other server.
  if new then
    vim.fn.writefile({ folder, "vim.lsp.config('plansmith', " .. settings .. ')', "vim.lsp.enable('plansmith')" }, config .. '/init.lua')
    child = driver.start(os.getenv('NVIM'), work)
    check('attach after vim.lsp.enable', child:edit('broken.md'))
    ok, rules = child:wait(10000, severity)
    check('settings of vim.lsp.config', ok, rules)
    child:run(function() require('plansmith').configure({ hints = { phases = false } }) end)
    vim.wait(300)
    ok, rules = child:wait(5000, severity)
    check('settings beside it at run time', ok, rules)
    check('quit once more', child:quit())
  end
end

-- What breaks off is a failure, and must not keep this Neovim from ending.
local whole, problem = xpcall(journeys, debug.traceback)
check('all journeys were made', whole, problem)
vim.cmd(driver.failed == 0 and 'qall!' or 'cquit!')
