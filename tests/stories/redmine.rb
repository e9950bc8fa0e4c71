# Fills an empty database with what the stories need, in one start of Redmine (each costs seconds).
# Prints one line of JSON: the keys of its users, the ids of what it made.
require File.expand_path('config/environment', ENV.fetch('REDMINE_ROOT'))
ActiveRecord::Migration.verbose = false
ActiveRecord::Base.connection.migration_context.migrate
ActionMailer::Base.perform_deliveries = false
ActiveRecord::Base.connection.schema_cache.clear!
ActiveRecord::Base.descendants.each(&:reset_column_information)
Redmine::DefaultData::Loader.load('en')
Setting.clear_cache
Setting.rest_api_enabled = '1'
Setting.notified_events = []
Setting.default_language = 'en'

admin = User.find_by_login('admin')
admin.update_columns(must_change_passwd: false, firstname: 'Root', lastname: 'Admin')
people = { 'rosa' => %w[Rosa Reporter], 'ada' => %w[Ada Lovelace], 'zoe' => %w[Zoë Ångström], 'mika' => %w[美嘉 Yamada] }.map do |login, (first, last)|
  user = User.new(firstname: first, lastname: last, mail: "#{login}@example.com", language: 'en')
  user.login = login
  user.password = user.password_confirmation = 'not-for-strangers'
  user.save!
  user
end
project = Project.create!(name: 'Customer care', identifier: 'care', is_public: true)
tasks = Project.create!(name: 'Development', identifier: 'dev', is_public: true)
[project, tasks].each { |one| one.update!(trackers: Tracker.all.to_a, enabled_module_names: ['issue_tracking']) }
developer = Role.find_by_name('Developer')
developer.add_permission!(:edit_issues, :add_issues, :add_issue_notes, :view_private_notes, :set_notes_private,
                          :view_issues, :manage_issue_relations)
reporter = Role.find_by_name('Reporter')
reporter.remove_permission!(:set_notes_private)
reporter.add_permission!(:add_issue_notes, :view_issues, :edit_issues)
people.each do |user|
  role = user.login == 'rosa' ? reporter : developer
  [project, tasks].each { |one| Member.create!(user: user, project: one, roles: [role]) }
end
IssueCategory.create!(project: project, name: 'Payments')
browser = IssueCustomField.create!(name: 'Browser', field_format: 'string', is_for_all: true,
                                   tracker_ids: Tracker.pluck(:id), visible: true)
tags = IssueCustomField.create!(name: 'Tags', field_format: 'string', is_for_all: true,
                                tracker_ids: Tracker.pluck(:id), visible: true)

count = ENV.fetch('REDMINE_ISSUES', '0').to_i
priorities = IssuePriority.order(:position).to_a
Issue.transaction do
  count.times do |n|
    issue = Issue.new(project: project, tracker: Tracker.first, author: admin, subject: "Ticket #{n + 1}",
                      description: "The page stays white.\nTried #{n + 1} times.", priority: priorities[n % priorities.size])
    issue.status = IssueStatus.first
    issue.save!
  end
end

puts JSON.generate(
  'admin' => admin.api_key, 'rosa' => people[0].api_key, 'ada' => people[1].api_key,
  'fields' => { 'browser' => browser.id.to_s, 'tags' => tags.id.to_s },
  'statuses' => IssueStatus.pluck(:name, :id).to_h, 'priorities' => IssuePriority.pluck(:name, :id).to_h,
  'trackers' => Tracker.pluck(:name, :id).to_h, 'users' => User.where.not(login: '').pluck(:login, :id).to_h
)
