/** What each setting is for, in a line. */
export const settingDescriptions: Readonly<Record<string, string>> = {
  'run.default_queue': 'Queue for the actions of runs that name none',
  'run.max_action_concurrency':
    'How many actions of a run are busy at once, where the run does not say; 0 for no limit',
  'run.run_base_dir': 'Folder in the storage for inputs and outputs of runs',
  'security.service_account': 'Service account of tasks on Kubernetes; kept and shown',
  'storage.raw_data_path': 'Where tasks put their files, e.g. s3://bucket/folder',
  'task_resource.min.cpu': 'The least CPU that a task asks for, e.g. 500m or 2; without effect so far',
  'task_resource.min.gpu': 'The fewest GPUs that a task asks for, e.g. 1; without effect so far',
  'task_resource.min.memory': 'The least memory that a task asks for, e.g. 512Mi; without effect so far',
  'task_resource.min.storage': 'The least disk space that a task asks for, e.g. 10Gi; without effect so far',
  'task_resource.max.cpu': 'The most CPU that a task may use, e.g. 4; without effect so far',
  'task_resource.max.gpu': 'The most GPUs that a task may use, e.g. 2; without effect so far',
  'task_resource.max.memory': 'The most memory that a task may use, e.g. 16Gi; without effect so far',
  'task_resource.max.storage': 'The most disk space that a task may use, e.g. 100Gi; without effect so far',
  'task_resource.mirror_limits_request': 'Whether tasks get no more than what they ask for; without effect so far',
  labels: 'Labels of every run; one of its own of the same name counts more',
  annotations: 'Annotations of every run',
  environment_variables: 'Environment variables of every task',
  'app.disallow_anonymous': 'Whether visitors of apps must log in; without effect so far',
  pod_template_name: 'Template of the pods of tasks on Kubernetes; without effect so far',
}
